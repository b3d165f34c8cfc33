import type { Random } from '@ssert/protocol';
import { ClientEnd } from './client-end.ts';
import type { StreamRecord } from './stream-record.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Time after which the server's kernel gives up a connection of which it hears nothing. */
const silenceMs = 60_000;

/** How bytes travel. */
export interface Line {
  readonly latencyMs: number;
  /** Chance adds up to this to the latency of each piece; pieces never overtake one another. */
  readonly jitterMs: number;
  /** Bytes that may be under way or wait at the client before the server is held back. */
  readonly windowBytes: number;
  /** Places at which each piece is cut, anywhere, at most; 0 leaves them whole. */
  readonly mostSlices: number;
}

/** How a connection ends that neither side has asked to end; by silence nobody is told. */
export type CutBy = 'rst' | 'fin' | 'silence';

/** What happens to a stream on its way, for those who look on. */
export interface ConnectionObserver {
  /** The server gave out bytes. */
  taken(stream: StreamRecord, bytes: Uint8Array): void;
  /** The reader holds the server back, or no longer. */
  heldBack(stream: StreamRecord): void;
  unblocked(stream: StreamRecord): void;
  /** The server's side is over, and the server was told or knows. */
  serverOver(stream: StreamRecord): void;
  /** The client has no more to wait for. */
  over(stream: StreamRecord): void;
}

/** A connection that carries one answer: a body from the server's end to the client's, with what networks do to it. */
export class Connection {
  readonly stream: StreamRecord;
  readonly clientEnd: ClientEnd;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #line: Line;
  readonly #observer: ConnectionObserver;
  /** Tells the server that the client has left. */
  #tellServer: () => void = () => {};
  #body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #pulling = false;
  #underWay = 0;
  #lastArrivalMs = 0;
  #silent = false;
  /** Bytes after which the connection is cut, counted down. */
  #bytesLeft = Number.POSITIVE_INFINITY;
  #cutBy: CutBy = 'rst';

  constructor(stream: StreamRecord, time: VirtualTime, random: Random, line: Line, observer: ConnectionObserver) {
    this.stream = stream;
    this.#time = time;
    this.#random = random;
    this.#line = line;
    this.#observer = observer;
    this.clientEnd = new ClientEnd(
      (bytes) => this.#consumed(bytes),
      () => this.#clientOver(),
    );
  }

  /** Calls back at the other end, behind all that goes there already; never where the connection falls silent before. */
  down(arrive: () => void): void {
    this.#time.at(this.#arrivalMs(), () => {
      if (!this.#silent) arrive();
    });
  }

  up(arrive: () => void): void {
    this.#time.after(this.#line.latencyMs, () => {
      if (!this.#silent && !this.stream.serverOver) arrive();
    });
  }

  /** Sends an answer down, its body as fast as the client takes it. @param abort tells the server of the client's leaving */
  carry({ status, headers, body }: Response, abort: AbortController): void {
    this.stream.status = status;
    this.stream.retryAfterMs = 1000 * Number(headers.get('retry-after') ?? 0);
    this.down(() => this.clientEnd.begin({ status, headers }));
    const reader = body?.getReader();
    this.#body = reader;
    // Runtimes do it in one of two ways.
    const byAbort = this.#random.next() < 0.5;
    this.#tellServer = () => {
      if (byAbort) abort.abort();
      else reader?.cancel().catch(() => {});
    };
    this.#pull();
  }

  /** Nobody listens at the other end. */
  refuse(): void {
    this.stream.serverOver = true;
    this.down(() => this.clientEnd.fail(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })));
  }

  /** The client wants no more. */
  leave(): void {
    if (this.stream.clientOverAtMs !== undefined) return;
    this.clientEnd.fail(new DOMException('This operation was aborted', 'AbortError'));
    this.#clientOver();
    this.up(() => this.#serverTold());
  }

  /** Ends it now, in both directions. */
  cut(by: CutBy): void {
    if (this.#silent) return;
    if (by === 'silence') {
      this.#silent = true;
      // The kernel sends again and again for so long.
      this.#time.after(silenceMs, () => this.#serverTold());
      return;
    }
    if (by === 'fin') this.clientEnd.end();
    else this.clientEnd.fail(new TypeError('terminated', { cause: new Error('ECONNRESET') }));
    this.#serverTold();
  }

  /** Cuts it behind so many further bytes of the body. */
  cutBehind(bytes: number, by: CutBy): void {
    this.#bytesLeft = bytes;
    this.#cutBy = by;
  }

  /** The process at the server's end is gone, and knows of nothing. */
  serverDied(): void {
    if (this.stream.serverOver) return;
    this.stream.serverOver = true;
    this.down(() => this.clientEnd.fail(new TypeError('terminated', { cause: new Error('ECONNRESET') })));
  }

  #serverTold(): void {
    if (this.stream.serverOver) return;
    this.stream.serverOver = true;
    this.#tellServer();
    this.#observer.serverOver(this.stream);
  }

  #pull(): void {
    const { stream } = this;
    if (stream.serverOver || this.#pulling || this.#body === undefined) return;
    if (this.#underWay >= this.#line.windowBytes) {
      if (stream.blockedSinceMs === undefined) this.#observer.heldBack(stream);
      return;
    }
    if (stream.blockedSinceMs !== undefined) this.#observer.unblocked(stream);
    this.#pulling = true;
    this.#body.read().then(this.#onPulled, this.#onBroken);
  }

  readonly #onPulled = ({ done, value }: { done: boolean; value?: Uint8Array | undefined }): void => {
    this.#pulling = false;
    if (this.stream.serverOver) return;
    if (done || value === undefined) {
      this.stream.serverOver = true;
      this.#observer.serverOver(this.stream);
      this.down(() => this.clientEnd.end());
      return;
    }
    this.#observer.taken(this.stream, value);
    this.#underWay += value.length;
    this.#send(value);
    this.#pull();
  };

  /** The server cuts the connection. */
  readonly #onBroken = (): void => {
    if (this.stream.serverOver) return;
    this.stream.serverOver = true;
    this.#observer.serverOver(this.stream);
    this.down(() => this.clientEnd.fail(new TypeError('terminated', { cause: new Error('ECONNRESET') })));
  };

  /** When what is sent now comes: behind all that went before. */
  #arrivalMs(): number {
    const { latencyMs, jitterMs } = this.#line;
    const jitter = jitterMs === 0 ? 0 : jitterMs * this.#random.next();
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#time.nowMs + Math.ceil(latencyMs + jitter));
    return this.#lastArrivalMs;
  }

  #send(bytes: Uint8Array): void {
    const { mostSlices } = this.#line;
    if (mostSlices === 0) {
      this.#time.at(this.#arrivalMs(), () => this.#arrive(bytes));
      return;
    }
    const cuts = Math.floor(this.#random.next() * (mostSlices + 1));
    const places = Array.from({ length: cuts }, () => Math.floor(this.#random.next() * bytes.length));
    let begin = 0;
    for (const end of [...places.toSorted((a, b) => a - b), bytes.length]) {
      const part = bytes.subarray(begin, end);
      if (part.length > 0) this.#time.at(this.#arrivalMs(), () => this.#arrive(part));
      begin = end;
    }
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#silent) return;
    if (bytes.length < this.#bytesLeft) {
      this.#bytesLeft -= bytes.length;
      this.clientEnd.push(bytes);
      return;
    }
    if (this.#bytesLeft > 0) this.clientEnd.push(bytes.subarray(0, this.#bytesLeft));
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    this.cut(this.#cutBy);
  }

  #consumed(bytes: number): void {
    this.#underWay -= bytes;
    if (this.stream.blockedSinceMs !== undefined && this.#underWay <= this.#line.windowBytes / 2) {
      this.up(() => this.#pull());
    }
  }

  #clientOver(): void {
    if (this.stream.clientOverAtMs !== undefined) return;
    this.stream.clientOverAtMs = this.#time.nowMs;
    this.#observer.over(this.stream);
  }
}
