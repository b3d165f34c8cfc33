import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What a test service calls back with. */
export interface Callback {
  readonly kind: string;
  readonly event?: { readonly type?: string; readonly data?: string; readonly id?: string; readonly origin?: string };
  readonly comment?: string;
  readonly error?: string;
  readonly readyState?: number;
}

/** Where a test service calls back: one URL for each stream, and below it 1, 2, 3 … in the order of what it tells. */
export class Callbacks {
  readonly #server: Server;
  readonly #streams = new Map<string, InOrder>();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const [, path = '', counter] = /^(\/\d+)\/(\d+)$/.exec(request.url ?? '') ?? [];
      const stream = this.#streams.get(path);
      const callback = await json(request).catch(() => undefined);
      if (stream && callback) stream.take(Number(counter), callback as Callback);
      response.writeHead(stream ? (callback ? 202 : 400) : 404).end();
    });
  }

  /** Listens on a free port of the loopback address. */
  static async open(): Promise<Callbacks> {
    const callbacks = new Callbacks();
    callbacks.#server.listen(0, '127.0.0.1');
    await once(callbacks.#server, 'listening');
    return callbacks;
  }

  /** @returns the base URL for what is told of a stream */
  add(stream: number, take: (callback: Callback) => void): string {
    this.#streams.set(`/${stream}`, new InOrder(take));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${stream}`;
  }

  /** What still comes for a stream meets 404. */
  remove(stream: number): void {
    this.#streams.delete(`/${stream}`);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Hands callbacks on by their counter: requests may overtake one another. */
class InOrder {
  readonly #take: (callback: Callback) => void;
  readonly #early = new Map<number, Callback>();
  #next = 1;

  constructor(take: (callback: Callback) => void) {
    this.#take = take;
  }

  take(counter: number, callback: Callback): void {
    this.#early.set(counter, callback);
    for (let next = this.#early.get(this.#next); next; next = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next += 1;
      this.#take(next);
    }
  }
}
