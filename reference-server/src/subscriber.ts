/** Bytes of one event or comment: encoded once, shared by every stream that sends them. */
export type Frame = Uint8Array;

/** Where a stream's bytes go. */
export interface Sink {
  /** Takes the frames as one piece. @returns whether it takes more now; if not, the subscriber is told when it does. */
  write(frames: readonly Frame[]): boolean;
  /** Ends the stream after what was written. */
  end(): void;
  /** Cuts the stream. */
  cut(): void;
}

export type LeaveReason = 'client left' | 'connection error' | 'stalled' | 'shutdown';

/** Events of all streams together, one for each event and stream. */
export interface Traffic {
  sentEvents: number;
  droppedEvents: number;
}

/** Small frames that wait are written together up to about this size, so that a slow reader costs no more than that. */
const batchBytes = 16 * 1024;

/**
 * One open stream. First it takes its opening, at the reader's pace; from then on events are offered to it. What the
 * reader cannot take yet waits in a bounded queue; when that is full, new events are dropped for this stream alone.
 */
export class Subscriber implements Traffic {
  readonly #sink: Sink;
  readonly #queueEvents: number;
  readonly #traffic: Traffic;
  readonly #onLeave: (reason: LeaveReason) => void;
  #opening: Iterator<Frame> | undefined;
  readonly #queue: Frame[] = [];
  #blockedSinceMs: number | undefined;
  #writable = true;
  #left = false;
  sentEvents = 0;
  droppedEvents = 0;

  constructor(parts: {
    readonly sink: Sink;
    readonly opening: Iterator<Frame>;
    readonly queueEvents: number;
    readonly traffic: Traffic;
    /** Called exactly once, however the stream ends. */
    readonly onLeave: (reason: LeaveReason) => void;
  }) {
    this.#sink = parts.sink;
    this.#opening = parts.opening;
    this.#queueEvents = parts.queueEvents;
    this.#traffic = parts.traffic;
    this.#onLeave = parts.onLeave;
  }

  /** Whether the opening is still being sent: it reads events from the log itself, so none must be offered. */
  get isOpening(): boolean {
    return this.#opening !== undefined;
  }

  /** A live event. Never waits. */
  offer(frame: Frame): void {
    if (this.#left) return;
    if (this.#queue.length >= this.#queueEvents) {
      this.droppedEvents += 1;
      this.#traffic.droppedEvents += 1;
      return;
    }
    this.#queue.push(frame);
    this.flush();
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
      const batch = this.#nextBatch();
      if (batch.length === 0) return;
      this.#writable = this.#sink.write(batch);
    }
  }

  /**
   * A heartbeat; a stream that is blocked needs none. One that stays blocked longer than `stallMs` is cut, which
   * also ends the streams of readers that vanished without a word.
   */
  beat(frame: Frame, nowMs: number, stallMs: number): void {
    if (this.#left) return;
    if (this.#writable) {
      this.#writable = this.#sink.write([frame]);
      return;
    }
    this.#blockedSinceMs ??= nowMs;
    if (nowMs - this.#blockedSinceMs < stallMs) return;
    this.leave('stalled');
    this.#sink.cut();
  }

  /** Ends the stream behind the events that wait; an opening is left where it stands, for a resume to continue. */
  end(): void {
    if (this.#left) return;
    if (this.#queue.length > 0) this.#sink.write(this.#sent(this.#queue.splice(0)));
    this.leave('shutdown');
    this.#sink.end();
  }

  /** The stream is over; only the first call counts. */
  leave(reason: LeaveReason): void {
    if (this.#left) return;
    this.#left = true;
    this.#opening?.return?.();
    this.#opening = undefined;
    this.#queue.length = 0;
    this.#onLeave(reason);
  }

  #nextBatch(): Frame[] {
    const batch: Frame[] = [];
    for (let bytes = 0; bytes < batchBytes; ) {
      const frame = this.#nextFrame();
      if (frame === undefined) break;
      batch.push(frame);
      bytes += frame.length;
    }
    return this.#sent(batch);
  }

  #nextFrame(): Frame | undefined {
    const next = this.#opening?.next();
    if (next !== undefined && !next.done) return next.value;
    this.#opening = undefined;
    return this.#queue.shift();
  }

  #sent(events: Frame[]): Frame[] {
    this.sentEvents += events.length;
    this.#traffic.sentEvents += events.length;
    return events;
  }
}
