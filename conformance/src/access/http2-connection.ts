import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { Clock } from '@ssert/protocol';
import type { HeaderField } from '../judge/hpack.ts';
import { settingIds } from '../judge/http2-frames.ts';
import { Http2Session, type SessionStream } from '../judge/http2-session.ts';
import { WireInspector } from '../judge/wire-inspector.ts';
import type { Evidence } from '../verdict.ts';
import { addressOf, servernameOf } from './address.ts';
import { type ContentDecoder, contentDecoder } from './content-decoder.ts';
import type { Arrival, ExchangeEnd } from './exchange.ts';
import { Watchers } from './watchers.ts';

export interface Http2Options {
  readonly clock: Clock;
  /** Whom TLS trusts; default everybody that Node.js does. */
  readonly trust: SecureContext | undefined;
  /** Credit of each stream at its beginning, in bytes. Default 65,535. */
  readonly initialWindowBytes?: number;
}

/** One connection by HTTP/2: over TLS as ALPN agrees on it, else with prior knowledge (RFC 9113 3.2, 3.3). */
export class Http2Connection {
  readonly url: URL;
  /** Why there is no connection any more. */
  end: ExchangeEnd | undefined;
  readonly session: Http2Session;

  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #watchers: Watchers;
  readonly #streams = new Set<Http2Stream>();

  constructor(url: URL, options: Http2Options) {
    this.url = url;
    this.#clock = options.clock;
    this.#watchers = new Watchers(options.clock);
    const { initialWindowBytes } = options;
    this.session = new Http2Session({
      ...(initialWindowBytes === undefined ? {} : { initialWindowBytes }),
      write: (bytes) => {
        if (!this.#socket.destroyed) this.#socket.write(bytes);
      },
      onFrame: () => {
        if (this.session.malformed !== undefined) {
          this.#finish({ kind: 'malformed', message: this.session.malformed });
        }
        this.#watchers.wake();
      },
    });
    this.#socket = this.#dial(options.trust);
  }

  /** Streams that the server says it allows at once; undefined where it names no limit. */
  get maxConcurrentStreams(): number | undefined {
    return this.session.settings?.get(settingIds.maxConcurrentStreams);
  }

  /** Looks again at each frame until `probe` gives something; undefined after `timeoutMs`. */
  until<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return this.#watchers.until(probe, timeoutMs);
  }

  /** Waits until the server has said hello; false where it did not, or ended the connection. */
  async ready(timeoutMs: number): Promise<boolean> {
    await this.until(() => ((this.session.settings ?? this.end) ? true : undefined), timeoutMs);
    return this.session.settings !== undefined && this.end === undefined;
  }

  /** Sends a request. */
  open(fields: readonly HeaderField[], body?: string): Http2Stream {
    const stream = new Http2Stream(this, fields, body, this.#clock);
    this.#streams.add(stream);
    if (this.end) stream.finish(this.end);
    return stream;
  }

  /** Leaves; streams that are open end with it. */
  close(): void {
    this.#finish({ kind: 'closed-here' });
  }

  #dial(trust: SecureContext | undefined): Socket {
    const { host, port, tls } = addressOf(this.url);
    const servername = servernameOf(host);
    const secure = { host, port, servername, ALPNProtocols: ['h2'], ...(trust ? { secureContext: trust } : {}) };
    const socket = tls ? connectTls(secure) : connectTcp({ host, port });
    socket.setNoDelay(true);
    socket.once('connect', () => {
      if (!tls) this.session.begin();
    });
    socket.once('secureConnect', () => {
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') this.session.begin();
      else this.#finish({ kind: 'malformed', message: 'TLS did not agree on h2 (ALPN)' });
    });
    socket.on('data', (bytes: Uint8Array) => this.session.receive(bytes));
    socket.on('end', () => this.#finish({ kind: 'fin' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const message = error.message || (error.code ?? 'connection failed');
      const code = error.code ?? 'ERROR';
      this.#finish(this.session.settings ? { kind: 'reset', message } : { kind: 'unreachable', code, message });
    });
    socket.on('close', () => this.#finish({ kind: 'fin' }));
    return socket;
  }

  #finish(end: ExchangeEnd): void {
    if (this.end) return;
    this.end = end;
    this.#socket.destroy();
    for (const stream of this.#streams) stream.finish(end);
    this.#watchers.wake();
  }
}

/** One request on a connection by HTTP/2, and everything that came back. */
export class Http2Stream {
  readonly connection: Http2Connection;
  /** The fields of each header section: interim responses, the response's own, trailers. */
  readonly sections: (readonly HeaderField[])[] = [];
  /** The section that is the response's own. */
  head: readonly HeaderField[] | undefined;
  end: ExchangeEnd | undefined;
  /** The response is complete: END_STREAM came. */
  complete = false;
  /** The code of a RST_STREAM, also where it came behind a complete response. */
  resetCode: string | undefined;
  bodyBytes = 0;
  dispatched = 0;
  readonly arrivals: Arrival[] = [];

  readonly #request: readonly HeaderField[];
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  readonly #inspector: WireInspector;
  #decoder: ContentDecoder | undefined;
  readonly #stream: SessionStream;

  constructor(connection: Http2Connection, fields: readonly HeaderField[], body: string | undefined, clock: Clock) {
    this.#request = fields;
    this.#clock = clock;
    this.#watchers = new Watchers(clock);
    this.connection = connection;
    this.#inspector = new WireInspector({
      onBlock: (block) => {
        if (!block.dispatched) return;
        this.dispatched += 1;
        this.arrivals.push({ ...block, atMs: this.#clock.now() });
      },
    });
    const bytes = body === undefined ? undefined : new TextEncoder().encode(body);
    this.#stream = connection.session.open(fields, bytes, {
      onFields: (section) => this.#takeFields(section),
      onData: (data) => {
        this.bodyBytes += data.length;
        if (this.#decoder) this.#decoder.push(data);
        else this.#takeBody(data);
      },
      onEnd: () => {
        this.complete = true;
        const settle = () => this.#settle({ kind: 'complete' });
        // What is still in the decoder came before the end, and a fault at its own end shows only then.
        if (this.#decoder) this.#decoder.finish(settle);
        else settle();
      },
      onReset: (code) => {
        this.resetCode = code;
        this.finish({ kind: 'reset', message: `RST_STREAM with ${code}` });
      },
    });
  }

  get status(): number | undefined {
    const status = this.head?.find(([name]) => name === ':status')?.[1];
    return status === undefined ? undefined : Number(status);
  }

  /** True for 200 with an event stream's media type, open or not. */
  get isEventStream(): boolean {
    const type = this.head?.find(([name]) => name === 'content-type')?.[1] ?? '';
    return this.status === 200 && /^text\/event-stream\s*(;|$)/i.test(type);
  }

  /** Whether a content coding that can be taken off was applied. */
  get isCoded(): boolean {
    return this.#decoder !== undefined;
  }

  /** Why its content coding cannot be taken off, once that shows. */
  get codingFault(): string | undefined {
    return this.#decoder?.fault;
  }

  /** Bytes that the server may still send on this stream. */
  get creditBytes(): number {
    return this.#stream.creditBytes;
  }

  /** Gives no more credit. */
  starve(): void {
    this.#stream.refills = false;
  }

  /** Gives that much credit, and from now on as much as comes. */
  feed(bytes: number): void {
    this.#stream.refills = true;
    this.#stream.grant(bytes);
  }

  /** Leaves: RST_STREAM with CANCEL. */
  cancel(): void {
    if (this.end || this.complete) return;
    this.#stream.cancel();
    this.finish({ kind: 'closed-here' });
  }

  until<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return this.#watchers.until(probe, timeoutMs);
  }

  /** Request and response as evidence, with more where the caller has it. */
  evidence(more: Evidence = {}): Evidence {
    return {
      request: textOf(this.#request),
      ...(this.sections.length > 0 ? { response: this.sections.map(textOf).join('\n\n') } : {}),
      ...more,
    };
  }

  /** For the connection alone. */
  finish(end: ExchangeEnd): void {
    if (this.complete) this.#watchers.wake();
    else this.#settle(end);
  }

  #settle(end: ExchangeEnd): void {
    if (!this.end) {
      this.end = end;
      this.#decoder?.close();
    }
    this.#watchers.wake();
  }

  #takeFields(fields: readonly HeaderField[]): void {
    this.sections.push(fields);
    const status = fields.find(([name]) => name === ':status')?.[1];
    if (!this.head && status !== undefined && !status.startsWith('1')) {
      this.head = fields;
      const codings = fields.filter(([name]) => name === 'content-encoding').flatMap(([, value]) => value.split(','));
      this.#decoder = contentDecoder(
        codings.map((coding) => coding.trim().toLowerCase()),
        (bytes) => this.#takeBody(bytes),
      );
    }
    this.#watchers.wake();
  }

  #takeBody(bytes: Uint8Array): void {
    if (this.isEventStream) this.#inspector.push(bytes);
    this.#watchers.wake();
  }
}

function textOf(fields: readonly HeaderField[]): string {
  return fields.map(([name, value]) => `${name}: ${value}`).join('\n');
}
