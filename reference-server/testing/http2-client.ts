import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { expect, onTestFinished } from 'vitest';

/** A connection by HTTP/2 with room for what a stream that is not read leaves unread, so that the others go on. */
export async function http2Session(url: string, ca: Buffer): Promise<ClientHttp2Session> {
  const session = connect(url, { ca });
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  session.setLocalWindowSize(64 * 1024 * 1024);
  return session;
}

/** One request of a session, and what came of it. */
export class Http2Exchange {
  readonly stream: ClientHttp2Stream;
  readonly headers: IncomingHttpHeaders & { readonly ':status'?: number };
  readonly #chunks: Buffer[] = [];
  /** The end of what was received, to look for what comes next. */
  #tail = '';
  ended = false;
  closed = false;

  private constructor(stream: ClientHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
    stream.on('error', () => undefined);
    stream.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.#tail = (this.#tail + bytes.toString('latin1')).slice(-4096);
    });
    stream.on('end', () => {
      // A reset ends what can be read too.
      this.ended = stream.rstCode === 0;
    });
    stream.on('close', () => {
      this.closed = true;
    });
  }

  static async open(
    session: ClientHttp2Session,
    path: string,
    { body, ...fields }: { body?: string; [name: string]: string | undefined } = {},
  ): Promise<Http2Exchange> {
    const stream = session.request({ ':path': path, ...fields }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [headers] = await once(stream, 'response');
    return new Http2Exchange(stream, headers);
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.received.toString();
  }

  /** Waits for a text among the last 4 KiB. */
  async has(text: string): Promise<void> {
    await expect.poll(() => this.#tail, { timeout: 10_000, interval: 5 }).toContain(text);
  }

  async isClosed(): Promise<void> {
    await expect.poll(() => this.closed, { timeout: 5000, interval: 5 }).toBe(true);
  }
}
