import type { Clock } from '@ssert/protocol';

/** Allows so many a second in the long run, and a burst of them at once where none were taken for a while. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledMs: number;

  /** @param burst also the most that can ever be taken at once */
  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledMs = clock.now();
  }

  /**
   * Takes this many, or none of them.
   * @returns 0 when they were taken, else the milliseconds until they can be
   */
  take(count: number): number {
    const nowMs = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#filledMs) / 1000) * this.#perSecond);
    this.#filledMs = nowMs;
    // Sums of fractions miss a whole token by a little: who waited as long as told must be served.
    if (this.#tokens < count - 1e-9) return ((count - this.#tokens) / this.#perSecond) * 1000;
    this.#tokens -= count;
    return 0;
  }
}
