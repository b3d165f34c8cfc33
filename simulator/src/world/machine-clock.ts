import type { Clock } from '@ssert/protocol';
import type { VirtualTime } from './virtual-time.ts';

const epochMs = Date.parse('2026-01-05T09:00:00Z');

/** The clock of one machine, or of one life of a process: it can be set, stand still for a while, and end. */
export class MachineClock implements Clock {
  readonly #time: VirtualTime;
  #wallOffsetMs: number;
  #ended = false;
  #asleep = false;
  #pending = 0;
  /** Calls that came due while the machine slept. */
  readonly #late: (() => void)[] = [];

  constructor(time: VirtualTime, wallOffsetMs = 0) {
    this.#time = time;
    this.#wallOffsetMs = wallOffsetMs;
  }

  /** Timers that were set, and neither cancelled nor over. */
  get pending(): number {
    return this.#pending;
  }

  get wallOffsetMs(): number {
    return this.#wallOffsetMs;
  }

  get asleep(): boolean {
    return this.#asleep;
  }

  now(): number {
    return this.#time.nowMs;
  }

  wallTime(): number {
    return epochMs + this.#time.nowMs + this.#wallOffsetMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    let open = true;
    this.#pending += 1;
    const run = (): void => {
      if (!open || this.#ended) return;
      if (this.#asleep) {
        this.#late.push(run);
        return;
      }
      open = false;
      this.#pending -= 1;
      callback();
    };
    const call = this.#time.after(delayMs, run);
    return () => {
      if (!open) return;
      open = false;
      this.#pending -= 1;
      this.#time.cancel(call);
    };
  }

  /** Sets the time of day forward or, below 0, back. */
  jump(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** From now on timers wait. */
  sleep(): void {
    this.#asleep = true;
  }

  /** What came due meanwhile is called now, in its order. */
  wake(): void {
    this.#asleep = false;
    for (const run of this.#late.splice(0)) run();
  }

  /** No timer fires any more: the process is gone. */
  end(): void {
    this.#ended = true;
  }
}
