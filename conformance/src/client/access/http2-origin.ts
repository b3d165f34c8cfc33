import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Clock, sleep } from '@ssert/protocol';
import { selfSigned } from './certificate.ts';
import type { Http2Answer, Scene, StageRequest } from './stage.ts';

/** The origin of the stage that speaks HTTP/2 over TLS, and nothing else. Every byte of a body has a frame of its own. */
export class Http2Origin {
  /** For clients to trust. */
  readonly ca: string;
  readonly #clock: Clock;
  readonly #server: Http2SecureServer;
  readonly #sceneAt: (path: string) => Scene | undefined;
  readonly #page: string;
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(clock: Clock, sceneAt: (path: string) => Scene | undefined, page: string) {
    this.#page = page;
    const { cert, key } = selfSigned();
    this.ca = cert;
    this.#clock = clock;
    this.#sceneAt = sceneAt;
    this.#server = createSecureServer({ cert, key });
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => undefined);
    });
    this.#server.on('stream', (stream, headers) => void this.#answer(stream, headers));
    // Whoever does not trust the certificate says so there.
    this.#server.on('tlsClientError', () => undefined);
  }

  /**
   * Listens on a free port of the loopback address.
   * @param page what is at `/`
   * @throws Undecided where there can be no certificate
   */
  static async open(clock: Clock, sceneAt: (path: string) => Scene | undefined, page: string): Promise<Http2Origin> {
    const origin = new Http2Origin(clock, sceneAt, page);
    origin.#server.listen(0, '127.0.0.1');
    await once(origin.#server, 'listening');
    return origin;
  }

  get origin(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `https://${address}:${port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
    await closed;
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const { ':path': target = '', ':method': method = '', ':authority': authority = '' } = headers;
    // The client's reset of a stream shows as the close that follows.
    stream.on('error', () => undefined);
    const scene = this.#sceneAt(`${target}`);
    if (!scene) {
      const isPage = target === '/';
      stream.respond({ ':status': isPage ? 200 : 404, 'content-type': 'text/html' });
      stream.end(isPage ? this.#page : '');
      return;
    }
    if (scene.isOver) return;
    const request: StageRequest = {
      method: `${method}`,
      target: `${target}`,
      head: '',
      fields: Object.entries(headers).map(([name, value]) => [name, `${value}`]),
      body: new Uint8Array(0),
      atMs: this.#clock.now(),
      authority: `${authority}`,
      elsewhere: `${authority}`,
      path: '',
      playedAtMs: undefined,
      leftAtMs: undefined,
    };
    const answer = scene.answerOverHttp2();
    scene.take(request, stream);
    let isEnded = false;
    stream.once('close', () => {
      if (!isEnded) request.leftAtMs = this.#clock.now();
      scene.leave(stream);
    });
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    for (const byte of Buffer.from(answer.body)) {
      if (stream.destroyed) return;
      await new Promise((written) => stream.write(Buffer.from([byte]), written));
    }
    // What was written must be read before a reset may overtake it.
    await sleep(this.#clock, 50);
    isEnded = answer.ending !== 'hold';
    end(stream, answer.ending);
    request.playedAtMs = this.#clock.now();
    scene.onChange();
  }
}

function end(stream: ServerHttp2Stream, how: Http2Answer['ending']): void {
  if (how === 'end') stream.end();
  // close() with a code would send END_STREAM first; this sends RST_STREAM with INTERNAL_ERROR.
  else if (how === 'reset') stream.destroy(new Error('reset'));
  else if (how === 'go-away') {
    const { session } = stream;
    session?.goaway();
    session?.destroy();
  }
}
