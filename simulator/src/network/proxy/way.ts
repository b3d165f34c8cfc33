import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '@ssert/protocol';
import { type MarkCut, markReached } from '../faults/byte-mark.ts';
import { Holding } from '../faults/holding.ts';
import type { Piece, Stage } from '../piece.ts';
import type { WayFaults } from '../settings.ts';
import { stagesOf } from '../stages.ts';

/** Bytes that may be under way at once, as on a long line; more are not read. */
const windowBytes = 1024 ** 2;

/** What a way needs of the connection it belongs to. */
export interface WayContext {
  readonly clock: Clock;
  readonly seed: number;
  /** Names the way among all, such as `3/down`. */
  readonly name: string;
  readonly fired: (fault: keyof WayFaults) => void;
  /** Bytes went out. */
  readonly passed: (count: number) => void;
  /** A byte was reached at which the connection ends, or at which this way has fallen silent. */
  readonly cut: (by: MarkCut) => void;
}

/** One way of a connection: reads from one socket, keeps what the faults delay, writes to the other. */
export class Way {
  readonly #source: Readable;
  readonly #sink: Socket;
  readonly #context: WayContext;
  #faults: WayFaults;
  #stage: Stage;
  #holding: Holding | undefined;
  #queue: Piece[] = [];
  /** Pieces at the front of the queue that have arrived. */
  #sent = 0;
  #queuedBytes = 0;
  #passedBytes = 0;
  #sourceEnded = false;
  #blocked = false;
  #stopped = false;
  #onNextPiece: ((bytes: Uint8Array) => void) | undefined;
  #cancelTimers: (() => void)[] = [];

  constructor(source: Readable, sink: Socket, faults: WayFaults, context: WayContext) {
    this.#source = source;
    this.#sink = sink;
    this.#context = context;
    this.#faults = faults;
    this.#stage = this.#stageOf(faults);
    this.#holding = this.#holdingOf(faults);
    source.on('data', (bytes: Uint8Array) => this.#take(bytes));
    source.on('end', () => {
      this.#sourceEnded = true;
      this.#flow();
    });
    sink.on('drain', () => {
      this.#blocked = false;
      this.#flow();
    });
  }

  /** Other faults from now on; what is under way keeps its time. */
  set(faults: WayFaults): void {
    this.#pass(this.#holding?.release());
    this.#faults = faults;
    this.#stage = this.#stageOf(faults);
    this.#holding = this.#holdingOf(faults);
    this.#flow();
  }

  /** Nothing passes any more, and nothing is read. */
  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#source.pause();
    this.#clearTimers();
  }

  /** Hands the next piece of several bytes to `callback` in place of passing it. */
  intercept(callback: (bytes: Uint8Array) => void): void {
    this.#onNextPiece = callback;
  }

  #stageOf(faults: WayFaults): Stage {
    const { clock, seed, name, fired } = this.#context;
    return stagesOf(faults, { seed, way: name, nowMs: clock.now() }, fired);
  }

  #holdingOf({ holdBytes, holdForMs }: WayFaults): Holding | undefined {
    if (holdBytes + holdForMs === 0) return undefined;
    return new Holding(holdBytes, holdForMs, () => this.#context.fired(holdBytes > 0 ? 'holdBytes' : 'holdForMs'));
  }

  #take(bytes: Uint8Array): void {
    if (this.#stopped) return;
    this.#pass(this.#holding ? this.#holding.push(bytes, this.#context.clock.now()) : bytes);
    this.#flow();
  }

  /** Puts bytes under way. */
  #pass(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    for (const piece of this.#stage({ bytes, atMs: this.#context.clock.now() })) {
      this.#queue.push(piece);
      this.#queuedBytes += piece.bytes.length;
    }
  }

  /** Lets arrive what is due, asks to be woken for what is not, and reads on while there is room. */
  #flow(): void {
    this.#clearTimers();
    if (this.#stopped) return;
    const nowMs = this.#context.clock.now();
    const dueMs = this.#holding?.dueMs;
    if (this.#sourceEnded || (dueMs !== undefined && dueMs <= nowMs)) this.#pass(this.#holding?.release());
    while (this.#sent < this.#queue.length && !this.#blocked && !this.#stopped) {
      const piece = this.#queue[this.#sent] as Piece;
      if (piece.atMs > nowMs) {
        this.#wakeAt(piece.atMs);
        break;
      }
      this.#sent += 1;
      this.#queuedBytes -= piece.bytes.length;
      this.#arrive(piece.bytes);
    }
    if (this.#stopped) return;
    // By halves, for on a late line the queue may never be empty, and to shift each piece would cost.
    if (this.#sent * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#sent);
      this.#sent = 0;
    }
    if (this.#sourceEnded && this.#queue.length === 0) this.#sink.end();
    const holdDueMs = this.#holding?.dueMs;
    if (holdDueMs !== undefined) this.#wakeAt(holdDueMs);
    // A reader who stops, stops the writer.
    if (this.#blocked || this.#queuedBytes >= windowBytes) this.#source.pause();
    else this.#source.resume();
  }

  #arrive(bytes: Uint8Array): void {
    const { passed, cut, fired } = this.#context;
    if (this.#onNextPiece && bytes.length > 1) {
      this.#onNextPiece(bytes);
      return;
    }
    const mark = markReached(this.#faults, this.#passedBytes, bytes.length);
    const through = mark === undefined ? bytes : bytes.subarray(0, mark.pass);
    this.#passedBytes += through.length;
    passed(through.length);
    if (through.length > 0) this.#blocked = !this.#sink.write(through);
    if (mark === undefined) return;
    fired(mark.cut === 'silence' ? 'silentAtByte' : `${mark.cut}AtByte`);
    if (mark.cut === 'silence') this.stop();
    cut(mark.cut);
  }

  #wakeAt(atMs: number): void {
    const { clock } = this.#context;
    this.#cancelTimers.push(clock.after(Math.max(0, atMs - clock.now()), () => this.#flow()));
  }

  #clearTimers(): void {
    for (const cancel of this.#cancelTimers) cancel();
    this.#cancelTimers = [];
  }
}
