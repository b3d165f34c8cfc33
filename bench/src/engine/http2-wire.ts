import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Closing, ReceiverPlan } from './receiver-plan.ts';
import { sourceAddress, streamsPerSession } from './source-addresses.ts';
import type { Wire, WireEvents } from './wire.ts';
import { fillChannel, requestFields } from './wire-request.ts';

/** Streams over HTTP/2, a hundred on a connection; `http://` is with prior knowledge. */
export class Http2Wire implements Wire {
  readonly #events: WireEvents;
  readonly #plan: ReceiverPlan;
  readonly #sessions: (ClientHttp2Session | undefined)[] = [];
  readonly #streams: (ClientHttp2Stream | undefined)[] = [];

  constructor(plan: ReceiverPlan, events: WireEvents) {
    this.#plan = plan;
    this.#events = events;
  }

  open(stream: number, lastEventId: Uint8Array): void {
    const { request, streams, topics } = this.#plan;
    const topic = topics[streams[stream]?.topic ?? 0] ?? '';
    const url = new URL(fillChannel(request.url, topic));
    const fields = {
      [constants.HTTP2_HEADER_METHOD]: request.method,
      [constants.HTTP2_HEADER_PATH]: url.pathname + url.search,
      ...requestFields(request, topic),
      ...(lastEventId.length > 0 ? { 'last-event-id': Buffer.from(lastEventId).toString('latin1') } : {}),
    };
    const session = this.#session(stream, url);
    const one = session.request(fields, { endStream: request.body === undefined });
    if (request.body !== undefined) one.end(fillChannel(request.body, topic));
    this.#streams[stream] = one;
    const stands = (): void => {
      if (this.#streams[stream] === one) this.#events.connected(stream);
    };
    // On a connection that stands the request has begun by now.
    if (one.pending) one.once('ready', stands);
    else process.nextTick(stands);
    one.once('response', (head) => {
      const type = String(head['content-type'] ?? '');
      const ok = head[':status'] === 200 && /^text\/event-stream\s*(;|$)/i.test(type);
      this.#events.head(stream, ok);
      if (!ok) one.close(constants.NGHTTP2_CANCEL);
    });
    one.on('data', (bytes: Buffer) => {
      this.#events.content(stream, bytes, 0, bytes.length);
      if (!this.#events.read(stream, bytes.length)) one.pause();
    });
    one.on('error', () => undefined);
    one.once('close', () => {
      if (this.#streams[stream] !== one) return;
      this.#streams[stream] = undefined;
      this.#events.closed(stream);
    });
  }

  close(stream: number, how: Closing | 'silence'): void {
    const one = this.#streams[stream];
    this.#streams[stream] = undefined;
    // A request that is cancelled in the moment of its begin never goes out: it is written in the next one.
    if (how === 'in-head') setImmediate(() => this.#cancel(stream, one));
    else this.#cancel(stream, one);
  }

  resume(stream: number): void {
    this.#streams[stream]?.resume();
  }

  letGo(): void {
    // No stream of a session falls silent by itself: population is refused for HTTP/2.
  }

  /** Ends the stream alone; of a session that has none left also the connection. */
  #cancel(stream: number, one: ClientHttp2Stream | undefined): void {
    one?.close(constants.NGHTTP2_CANCEL);
    const at = Math.floor(stream / streamsPerSession);
    const own = this.#streams.slice(at * streamsPerSession, (at + 1) * streamsPerSession);
    if (own.some((each) => each !== undefined)) return;
    this.#sessions[at]?.close();
    this.#sessions[at] = undefined;
  }

  #session(stream: number, url: URL): ClientHttp2Session {
    const at = Math.floor(stream / streamsPerSession);
    const known = this.#sessions[at];
    if (known && !known.closed && !known.destroyed) return known;
    const { ca } = this.#plan.request;
    const localAddress = sourceAddress(url.hostname, this.#plan.streams[stream]?.number ?? 0);
    const session = connect(url.origin, {
      ...(ca === undefined ? {} : { ca }),
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    session.on('error', () => undefined);
    session.setMaxListeners(0);
    this.#sessions[at] = session;
    return session;
  }
}
