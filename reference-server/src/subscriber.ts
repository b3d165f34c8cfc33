import { Batch, type Frame } from './batch.ts';

/** Where a stream's bytes go. */
export interface Sink {
  /** Takes the frames as one piece. @returns whether it takes more now; if not, the subscriber is told when it does. */
  write(batch: Batch): boolean;
  /** Ends the stream after what was written. */
  end(): void;
  /** Cuts the stream, also one that was told to end. */
  cut(): void;
}

export type LeaveReason =
  | 'client left'
  | 'connection error'
  | 'stalled'
  | 'too slow'
  | 'events lost'
  | 'ended'
  | 'shutdown';

/** Events of all streams together, one for each event and stream. */
export interface Traffic {
  sentEvents: number;
  droppedEvents: number;
}

/**
 * What happens to a stream whose queue is full: the new event is dropped, the oldest that waits is dropped, the one of
 * the same type is replaced, so that the latest of each type wins, or the stream is cut.
 */
export type SlowPolicy = 'drop-newest' | 'drop-oldest' | 'conflate' | 'disconnect';

/** What the streams of a channel have in common. */
export interface StreamLimits {
  /** Events that wait for one slow stream. */
  readonly queueEvents: number;
  readonly slowPolicy: SlowPolicy;
  readonly traffic: Traffic;
}

/** What an opening yields where its next frame is not there yet; {@link Subscriber.flush} asks again. */
export const notYet: unique symbol = Symbol('not yet');

export type Opening = Iterator<Frame | typeof notYet>;

/** Small frames that wait are written together up to about this size, so that a slow reader costs no more than that. */
const batchBytes = 16 * 1024;

/**
 * One open stream. First it takes its opening, at the reader's pace; from then on live events are handed to it. What the
 * reader cannot take yet waits in a bounded queue.
 */
export class Subscriber {
  readonly #sink: Sink;
  readonly #limits: StreamLimits;
  readonly #onLeave: (reason: LeaveReason, subscriber: Subscriber) => void;
  #opening: Opening | undefined;
  /** Made for the first event that has to wait: most streams never need one. */
  #queue: Frame[] | undefined;
  #blockedSinceMs: number | undefined;
  #writable = true;
  #left = false;
  sentEvents = 0;
  droppedEvents = 0;

  constructor(parts: {
    readonly sink: Sink;
    readonly opening: Opening;
    readonly limits: StreamLimits;
    /** Called exactly once, however the stream ends. */
    readonly onLeave: (reason: LeaveReason, subscriber: Subscriber) => void;
  }) {
    this.#sink = parts.sink;
    this.#opening = parts.opening;
    this.#limits = parts.limits;
    this.#onLeave = parts.onLeave;
  }

  /** Whether the opening is still being sent: it reads events from the log itself, so none must be handed over. */
  get isOpening(): boolean {
    return this.#opening !== undefined;
  }

  /** Whether the reader has yet to take what was written. */
  get isBlocked(): boolean {
    return !this.#writable;
  }

  /** Live events, as one piece where the reader keeps up. Never waits. */
  deliver(batch: Batch): void {
    if (this.#left) return;
    if (this.#writable) {
      this.#write(batch);
    } else {
      for (const frame of batch.frames) this.#enqueue(frame);
    }
  }

  /** The sink takes bytes again. */
  drained(): void {
    this.#writable = true;
    this.#blockedSinceMs = undefined;
    this.flush();
  }

  /** Sends what waits, as far as the sink takes it. */
  flush(): void {
    while (this.#writable && !this.#left) {
      const frames = this.#nextFrames();
      if (frames.length === 0) return;
      this.#write(new Batch(frames));
    }
  }

  /**
   * A heartbeat; a stream that is blocked needs none. One that stays blocked longer than `stallMs` is cut, which
   * also ends the streams of readers that vanished without a word.
   */
  beat(batch: Batch, nowMs: number, stallMs: number): void {
    if (this.#left) return;
    if (this.#writable) {
      this.#writable = this.#sink.write(batch);
      return;
    }
    this.#blockedSinceMs ??= nowMs;
    if (nowMs - this.#blockedSinceMs >= stallMs) this.cut('stalled');
  }

  /** Ends the stream behind the events that wait; an opening is left where it stands, for a resume to continue. */
  end(reason: LeaveReason): void {
    if (this.#left) return;
    if (this.#queue !== undefined && this.#queue.length > 0) this.#write(new Batch(this.#queue.splice(0)));
    this.leave(reason);
    this.#sink.end();
  }

  /** The stream is over; only the first call counts. */
  leave(reason: LeaveReason): void {
    if (this.#left) return;
    this.#left = true;
    this.#opening?.return?.();
    this.#opening = undefined;
    this.#queue = undefined;
    this.#onLeave(reason, this);
  }

  /** Cuts the stream, and the rest of one that was ended and still waits for its reader. */
  cut(reason: LeaveReason): void {
    this.leave(reason);
    this.#sink.cut();
  }

  #enqueue(frame: Frame): void {
    if (this.#left) return;
    const { queueEvents, slowPolicy } = this.#limits;
    this.#queue ??= [];
    if (slowPolicy === 'conflate') {
      const older = this.#queue.findIndex(({ type }) => type === frame.type);
      if (older >= 0) this.#drop(older);
    }
    if (this.#queue.length >= queueEvents) {
      if (slowPolicy === 'disconnect') {
        this.cut('too slow');
        return;
      }
      if (slowPolicy === 'drop-newest') {
        this.#countDropped();
        return;
      }
      this.#drop(0);
    }
    this.#queue.push(frame);
  }

  #drop(index: number): void {
    this.#queue?.splice(index, 1);
    this.#countDropped();
  }

  #countDropped(): void {
    this.droppedEvents += 1;
    this.#limits.traffic.droppedEvents += 1;
  }

  #nextFrames(): Frame[] {
    const frames: Frame[] = [];
    for (let bytes = 0; bytes < batchBytes; ) {
      const frame = this.#nextFrame();
      if (frame === undefined) break;
      frames.push(frame);
      bytes += frame.bytes.length;
    }
    return frames;
  }

  #nextFrame(): Frame | undefined {
    if (this.#opening !== undefined) {
      const next = this.#opening.next();
      if (!next.done) return next.value === notYet ? undefined : next.value;
      this.#opening = undefined;
    }
    return this.#queue?.shift();
  }

  #write(batch: Batch): void {
    const events = batch.frames.length;
    this.sentEvents += events;
    this.#limits.traffic.sentEvents += events;
    this.#writable = this.#sink.write(batch);
  }
}
