import { layerRandom } from '../chance/layers.ts';
import { Connection, type ConnectionObserver, type Line } from './connection.ts';
import type { MachineClock } from './machine-clock.ts';
import { newStream, type StreamRecord } from './stream-record.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Where requests go. */
export interface Listener {
  /** The response, which the stream is told of; undefined while nobody listens. */
  answer(request: Request, stream: StreamRecord): Response | undefined;
}

/** Those who look on hear of requests, too. */
export interface NetworkObserver extends ConnectionObserver {
  requested(stream: StreamRecord): void;
}

/** What a client calls in place of `fetch`. */
export type Requester = (url: string, init: RequestInit) => Promise<Response>;

/** Connects clients with one server, on virtual time: all that it does by chance comes from the seed. */
export class Network {
  readonly #time: VirtualTime;
  readonly #seed: number;
  readonly #line: Line;
  readonly #listener: Listener;
  readonly #observer: NetworkObserver;
  readonly #connections = new Set<Connection>();
  #streams = 0;
  /** What becomes of new connections; undefined while all is well. */
  outage: 'refused' | 'silence' | undefined;

  constructor(time: VirtualTime, seed: number, line: Line, listener: Listener, observer: NetworkObserver) {
    this.#time = time;
    this.#seed = seed;
    this.#line = line;
    this.#listener = listener;
    this.#observer = observer;
  }

  /** Connections of which one end, or both, is still there. */
  get connections(): readonly Connection[] {
    for (const connection of this.#connections) {
      const { serverOver, clientOverAtMs } = connection.stream;
      if (serverOver && clientOverAtMs !== undefined) this.#connections.delete(connection);
    }
    return [...this.#connections];
  }

  connectionsOf(client: number): readonly Connection[] {
    return this.connections.filter(({ stream }) => stream.client === client);
  }

  requesterFor(client: number, clock: MachineClock): Requester {
    const random = layerRandom(this.#seed, `client ${client}/network`);
    return (url, init) => {
      const headers = new Headers(init.headers);
      const stream = newStream(this.#streams, client, headers.get('last-event-id') ?? '', this.#time.nowMs);
      this.#streams += 1;
      this.#observer.requested(stream);
      const connection = new Connection(stream, this.#time, random, this.#line, this.#observer);
      this.#connections.add(connection);
      const { clientEnd } = connection;
      clientEnd.hold(clock.asleep);
      const response = clientEnd.response();
      const signal = init.signal as AbortSignal;
      if (signal.aborted) connection.leave();
      else signal.addEventListener('abort', () => connection.leave());
      if (this.outage === 'silence') connection.cut('silence');
      const refused = this.outage === 'refused';
      connection.up(() => {
        const abort = new AbortController();
        const request = { url, method: init.method ?? 'GET', headers, signal: abort.signal } as Request;
        const answer = refused ? undefined : this.#listener.answer(request, stream);
        if (answer === undefined) connection.refuse();
        else connection.carry(answer, abort);
      });
      return response;
    };
  }
}
