import { connect as connectTcp, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { Clock } from '@ssert/protocol';
import { type BodyFraming, headerList, type ResponseHead, ResponseReader } from '../judge/response-reader.ts';
import { type Block, type BodyEnd, type Violation, WireInspector } from '../judge/wire-inspector.ts';
import type { Evidence } from '../verdict.ts';
import { servernameOf } from './address.ts';
import { type ContentDecoder, contentDecoder } from './content-decoder.ts';
import { evidenceOfViolation } from './marked-bytes.ts';
import { MarkLog } from './timeline.ts';
import { Watchers } from './watchers.ts';
import type { WireRequest } from './wire-request.ts';

/** How an exchange came to its end. */
export type ExchangeEnd =
  /** The response is complete by its own framing. */
  | { readonly kind: 'complete' }
  /** The server closed its side; for a close-delimited body that is the end, else it is too early. */
  | { readonly kind: 'fin' }
  | { readonly kind: 'reset'; readonly message: string }
  /** No connection could be made. */
  | { readonly kind: 'unreachable'; readonly code: string; readonly message: string }
  | { readonly kind: 'malformed'; readonly message: string }
  /** The harness closed it. */
  | { readonly kind: 'closed-here' };

/** An event as it was dispatched, with the moment of its last byte. */
export interface Arrival extends Block {
  /** By the harness's clock, in ms. */
  readonly atMs: number;
}

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly allowFields?: readonly string[];
  /** Whom TLS trusts; default everybody that Node.js does. */
  readonly trust?: SecureContext | undefined;
  /** Arrivals kept; older ones are dropped from the front. Default 20,000. */
  readonly keepArrivals?: number;
  /** Bytes of body kept for evidence and for plain responses. Default 64 KiB. */
  readonly keepBodyBytes?: number;
  /** Keeps the connection after a complete response until `close`, so that `surplusBytes` shows what comes behind it. */
  readonly lingers?: boolean;
  /** Sends only so many bytes of the request, and the others when the promise resolves. */
  readonly holdBack?: { readonly afterBytes: number; readonly until: Promise<unknown> };
  /** Called for each block with at least one field. */
  readonly onBlock?: (block: Block) => void;
  readonly onViolation?: (violation: Violation, exchange: Exchange) => void;
  readonly onEnd?: (exchange: Exchange) => void;
}

/** One request on a connection of its own, and everything that came back. */
export class Exchange {
  readonly request: WireRequest;
  readonly startedAtMs: number;
  /** When the whole header block was in. */
  headAtMs: number | undefined;
  head: ResponseHead | undefined;
  end: ExchangeEnd | undefined;
  /** Set a moment before `end` where a content coding has to be taken off the last bytes. */
  endAtMs: number | undefined;
  /** When the last body byte came; the head counts as the first. */
  lastByteAtMs: number | undefined;
  /** The longest time without a byte since the head, in ms, the one still running left out. */
  longestSilenceMs = 0;
  bodyBytes = 0;
  comments = 0;
  /** Every event so far, dropped ones counted. */
  dispatched = 0;
  readonly arrivals: Arrival[] = [];
  readonly blocks: Arrival[] = [];
  readonly violations: Violation[] = [];
  readonly inspector: WireInspector;
  /** What happened when, for the timeline in the evidence. */
  readonly log: MarkLog = new MarkLog();
  /** Called with all that comes in, head and framing included, before it is read. */
  onWireBytes: ((bytes: Uint8Array) => void) | undefined;

  readonly #options: ExchangeOptions;
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #reader: ResponseReader;
  #decoder: ContentDecoder | undefined;
  #body: Uint8Array[] = [];
  #keptBytes = 0;
  readonly #watchers: Watchers;

  constructor(request: WireRequest, options: ExchangeOptions) {
    this.request = request;
    this.#options = options;
    this.#clock = options.clock;
    this.#watchers = new Watchers(options.clock);
    this.startedAtMs = this.#clock.now();
    this.inspector = new WireInspector({
      ...(options.allowFields ? { allowFields: options.allowFields } : {}),
      onBlock: (block) => this.#takeBlock(block),
      onComment: () => {
        this.comments += 1;
        this.log.add('comment', this.#clock.now());
      },
      onViolation: (violation) => {
        this.violations.push(violation);
        options.onViolation?.(violation, this);
      },
    });
    this.#reader = new ResponseReader({
      toHead: request.method === 'HEAD',
      onHead: (head) => this.#takeHead(head),
      onBody: (bytes) => this.#takeEncodedBody(bytes),
      onComplete: () => this.#finish({ kind: 'complete' }),
      onMalformed: (message) => this.#finish({ kind: 'malformed', message }),
    });
    this.#socket = this.#dial();
  }

  /** How the body's length was told. */
  get framing(): BodyFraming | undefined {
    return this.#reader.framing;
  }

  /** Whether the body came to its end by its framing: one without a length ends with its connection (RFC 9112 8). */
  get endedCleanly(): boolean {
    return this.end?.kind === 'complete' || (this.end?.kind === 'fin' && this.framing === 'close-delimited');
  }

  /** Why the content coding of the body cannot be taken off; undefined where it can, or there is none. */
  get codingFault(): string | undefined {
    return this.#decoder?.fault;
  }

  get chunks(): number {
    return this.#reader.chunks;
  }

  /** Bytes behind a complete response: what came with it, and with `lingers` what came later. */
  get surplusBytes(): number {
    return this.#reader.surplusBytes;
  }

  /** The first of those bytes. */
  get surplus(): Uint8Array {
    return this.#reader.surplus;
  }

  /** Bytes of the request that were handed to the system so far. */
  get sentBytes(): number {
    return this.#socket.bytesWritten;
  }

  /** True for 200 with an event stream's media type, open or not. */
  get isEventStream(): boolean {
    return this.head?.status === 200 && mediaType(this.head) === 'text/event-stream';
  }

  /** The kept part of the body as text. */
  get bodyText(): string {
    return Buffer.concat(this.#body).toString('utf8');
  }

  /**
   * Looks again at each change of this exchange until `probe` gives something other than undefined.
   * @returns what it gave, or undefined after `timeoutMs`
   */
  until<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return this.#watchers.until(probe, timeoutMs);
  }

  /** Waits for the header block; undefined where the exchange ended or `timeoutMs` passed before. */
  async headWithin(timeoutMs: number): Promise<ResponseHead | undefined> {
    await this.until(() => (this.head || this.end ? true : undefined), timeoutMs);
    return this.head;
  }

  /** Waits for the end; undefined where it is still open after `timeoutMs`. */
  endWithin(timeoutMs: number): Promise<ExchangeEnd | undefined> {
    return this.until(() => this.end, timeoutMs);
  }

  /** Stops reading, so that the receive window fills and the server's writes stall. */
  stall(): void {
    this.log.add('stall', this.#clock.now());
    this.#socket.pause();
  }

  resume(): void {
    this.log.add('resume', this.#clock.now());
    this.#socket.resume();
  }

  /**
   * Leaves: `fin` closes as a client does that goes in peace, `reset` sends RST (under TLS it is `fin` as well).
   * Safe to call on an exchange that has ended.
   */
  close(how: 'fin' | 'reset' = 'fin'): void {
    // First, because a socket that is destroyed has sent its FIN.
    if (how === 'reset' && !this.request.tls && !this.#socket.destroyed) this.#socket.resetAndDestroy();
    this.#finish({ kind: 'closed-here' });
    this.#socket.destroy();
  }

  /** Request and response as evidence, with more where the caller has it. */
  evidence(more: Evidence = {}): Evidence {
    return {
      request: this.request.text,
      ...(this.head ? { response: this.head.text } : {}),
      ...more,
    };
  }

  /** The same with a violation's bytes marked. */
  evidenceOf(violation: Violation): Evidence {
    return this.evidence(evidenceOfViolation(violation));
  }

  #dial(): Socket {
    const { host, port, tls } = this.request;
    const servername = servernameOf(host);
    const { trust } = this.#options;
    const socket = tls
      ? connectTls({ host, port, servername, rejectUnauthorized: true, ...(trust ? { secureContext: trust } : {}) })
      : connectTcp({ host, port });
    socket.setNoDelay(true);
    // Piped, so that a long request goes out as the server takes it and `sentBytes` tells how far it got.
    socket.once(tls ? 'secureConnect' : 'connect', () =>
      Readable.from(this.#requestParts()).pipe(socket, { end: false }),
    );
    socket.on('data', (bytes: Uint8Array) => {
      this.onWireBytes?.(bytes);
      this.#reader.push(bytes);
      if (this.surplusBytes > 0) this.#wake();
    });
    socket.on('end', () => this.#finish({ kind: 'fin' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const connected = socket.bytesRead > 0 || socket.bytesWritten > 0;
      const message = error.message || (error.code ?? 'connection failed');
      this.#finish(
        connected ? { kind: 'reset', message } : { kind: 'unreachable', code: error.code ?? 'ERROR', message },
      );
    });
    socket.on('close', () => this.#finish({ kind: 'fin' }));
    return socket;
  }

  async *#requestParts(): AsyncGenerator<Uint8Array, void> {
    const { parts } = this.request;
    const { holdBack } = this.#options;
    if (holdBack) {
      const all = Buffer.concat(parts);
      if (holdBack.afterBytes > 0) yield all.subarray(0, holdBack.afterBytes);
      await holdBack.until;
      yield all.subarray(holdBack.afterBytes);
    } else yield* parts;
  }

  #takeHead(head: ResponseHead): void {
    this.head = head;
    this.headAtMs = this.#clock.now();
    this.lastByteAtMs = this.headAtMs;
    this.#decoder = contentDecoder(headerList(head, 'content-encoding'), (bytes) => this.#takeBody(bytes));
    this.#wake();
  }

  #takeEncodedBody(bytes: Uint8Array): void {
    const now = this.#clock.now();
    this.longestSilenceMs = Math.max(this.longestSilenceMs, now - (this.lastByteAtMs ?? now));
    this.lastByteAtMs = now;
    if (this.#decoder) this.#decoder.push(bytes);
    else this.#takeBody(bytes);
  }

  #takeBody(bytes: Uint8Array): void {
    this.bodyBytes += bytes.length;
    const room = (this.#options.keepBodyBytes ?? 65_536) - this.#keptBytes;
    if (room > 0) {
      this.#body.push(bytes.slice(0, room));
      this.#keptBytes += Math.min(room, bytes.length);
    }
    if (this.isEventStream) this.inspector.push(bytes);
    this.#wake();
  }

  #takeBlock(block: Block): void {
    const arrival = { ...block, atMs: this.#clock.now() };
    const keep = this.#options.keepArrivals ?? 20_000;
    if (block.fields.length > 0) {
      this.blocks.push(arrival);
      this.#options.onBlock?.(block);
    }
    if (this.blocks.length > keep) this.blocks.splice(0, this.blocks.length - keep);
    if (!block.dispatched) return;
    this.dispatched += 1;
    this.log.add('event', arrival.atMs, block.type === 'message' ? undefined : block.type);
    this.arrivals.push(arrival);
    if (this.arrivals.length > keep) this.arrivals.splice(0, this.arrivals.length - keep);
  }

  #finish(end: ExchangeEnd): void {
    if (this.end) return;
    if (end.kind === 'closed-here' || !this.#decoder) this.#settle(end);
    else if (this.endAtMs === undefined) {
      this.endAtMs = this.#clock.now();
      if (end.kind !== 'complete' || !this.#options.lingers) this.#socket.destroy();
      // Decoding takes a moment, and what is still in the decoder came before the end.
      this.#decoder.finish(() => this.#settle(end));
    }
  }

  #settle(end: ExchangeEnd): void {
    if (this.end) return;
    this.end = end;
    this.endAtMs ??= this.#clock.now();
    if (this.isEventStream) this.inspector.end(bodyEnd(end, this.framing));
    this.#decoder?.close();
    if (end.kind !== 'complete' || !this.#options.lingers) this.#socket?.destroy();
    this.#options.onEnd?.(this);
    this.#wake();
  }

  #wake(): void {
    this.#watchers.wake();
  }
}

function bodyEnd(end: ExchangeEnd, framing: BodyFraming | undefined): BodyEnd {
  if (end.kind === 'complete') return 'complete';
  return end.kind === 'fin' && framing === 'close-delimited' ? 'close-delimited' : 'provoked';
}

/** The media type before any parameter, in lower case. */
export function mediaType(head: ResponseHead): string {
  const value = head.fields.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase();
}
