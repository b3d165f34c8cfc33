import { MinHeap } from './min-heap.ts';

/** One call that is due; without a callback it was cancelled, or made. */
export interface Call {
  callback: (() => void) | undefined;
}

/**
 * Time that passes only when nothing is left to do, in whole milliseconds. Calls of one millisecond are made in the order
 * in which they were asked for, so a run has one course.
 */
export class VirtualTime {
  #nowMs = 0;
  readonly #calls = new Map<number, Call[]>();
  /** The milliseconds in which something is due. */
  readonly #times = new MinHeap();

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls back at a time; at once, but never within this call, where that has passed. @returns what {@link cancel} takes */
  at(timeMs: number, callback: () => void): Call {
    const time = Math.max(this.#nowMs, Math.ceil(timeMs));
    const call: Call = { callback };
    const calls = this.#calls.get(time);
    if (calls === undefined) {
      this.#calls.set(time, [call]);
      this.#times.push(time);
    } else calls.push(call);
    return call;
  }

  after(delayMs: number, callback: () => void): Call {
    return this.at(this.#nowMs + delayMs, callback);
  }

  cancel(call: Call): void {
    call.callback = undefined;
  }

  /** Moves to the next millisecond with a call, and makes its calls. @returns whether there was one up to `endMs` */
  step(endMs: number): boolean {
    for (;;) {
      const time = this.#times.least;
      if (time === undefined || time > endMs) return false;
      this.#times.pop();
      const calls = this.#calls.get(time) as Call[];
      let made = 0;
      // Others may join while these are made.
      for (let at = 0; at < calls.length; at += 1) {
        const call = calls[at] as Call;
        if (call.callback === undefined) continue;
        if (made === 0) this.#nowMs = time;
        made += 1;
        call.callback();
      }
      this.#calls.delete(time);
      if (made > 0) return true;
    }
  }
}
