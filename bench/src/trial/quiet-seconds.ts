/**
 * Tells when what is under way has arrived: seconds in which nothing was delivered, and no client was on its way back for what
 * it has missed.
 */
export class QuietSeconds {
  #away = 0;
  #last = Number.NEGATIVE_INFINITY;
  #restless = Number.NEGATIVE_INFINITY;

  /** @param away clients that were on their way back at the end of the second */
  take(second: number, delivered: number, away: number): void {
    if (delivered > 0 || away > 0 || this.#away > 0) this.#restless = second;
    this.#away = away;
    this.#last = second;
  }

  /** How many there were up to the last one, from that one on. */
  from(second: number): number {
    return Math.max(0, this.#last - Math.max(this.#restless, second - 1));
  }
}
