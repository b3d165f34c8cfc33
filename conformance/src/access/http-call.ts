import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SecureContext } from 'node:tls';

/** The answer to a side call: publish, stats. These are not judged, so a library speaks HTTP here. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Connections for side calls. */
export class HttpCaller {
  readonly #plain: HttpAgent;
  readonly #tls: HttpsAgent;
  readonly #closed = new AbortController();

  /**
   * @param options.keepAlive keeps connections for a second: shorter than any server does, so none is found dead.
   *   Default true
   * @param options.trust whom TLS trusts; default everybody that Node.js does
   * @param options.connections to one server at once; further calls wait. Default 64
   */
  constructor({
    keepAlive = true,
    trust,
    connections = 64,
  }: { keepAlive?: boolean; trust?: SecureContext | undefined; connections?: number } = {}) {
    const settings = { keepAlive, timeout: 1000, maxSockets: connections };
    this.#plain = new HttpAgent(settings);
    this.#tls = new HttpsAgent({ ...settings, ...(trust ? { secureContext: trust } : {}) });
  }

  /**
   * Sends one request.
   * @param timeoutMs to the end of the answer
   * @throws Error where no complete answer came
   */
  call(
    url: URL,
    options: {
      method: string;
      headers: Readonly<Record<string, string>>;
      body?: string | undefined;
      timeoutMs: number;
    },
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const tls = url.protocol === 'https:';
      const body = options.body === undefined ? undefined : Buffer.from(options.body);
      const request = (tls ? httpsRequest : httpRequest)(
        url,
        {
          method: options.method,
          headers: { ...options.headers, ...(body ? { 'Content-Length': body.length } : {}) },
          agent: tls ? this.#tls : this.#plain,
          signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(options.timeoutMs)]),
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
          );
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Ends every call under way; later ones throw. */
  close(): void {
    this.#closed.abort();
    this.#plain.destroy();
    this.#tls.destroy();
  }
}
