/** What became of one arrival: the first of its number, one more, one after a later one, or one from too long ago to tell. */
export type Arrival = 'next' | 'duplicate' | 'reordered' | 'old';

/** How far back an arrival is told from a duplicate. */
const width = 64;

/**
 * For each stream the highest number seen and, one bit each, which of the 63 before it were: enough to tell a duplicate
 * from an event that was overtaken, in 12 bytes a stream.
 */
export class SeenWindow {
  /** One more than the highest number, so that 0 is none. */
  readonly #next: Uint32Array;
  /** Bit k of these 64 is the number `next - 1 - k`. */
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;

  constructor(streams: number) {
    this.#next = new Uint32Array(streams);
    this.#low = new Uint32Array(streams);
    this.#high = new Uint32Array(streams);
  }

  /** Nothing was seen yet. */
  forget(stream: number): void {
    this.#next[stream] = 0;
    this.#low[stream] = 0;
    this.#high[stream] = 0;
  }

  take(stream: number, seq: number): Arrival {
    const next = this.#next[stream] ?? 0;
    if (seq >= next) {
      this.#shift(stream, seq + 1 - next);
      this.#next[stream] = seq + 1;
      return 'next';
    }
    const back = next - 1 - seq;
    if (back >= width) return 'old';
    const half = back < 32 ? this.#low : this.#high;
    const bit = 1 << (back & 31);
    const known = half[stream] ?? 0;
    if ((known & bit) !== 0) return 'duplicate';
    half[stream] = known | bit;
    return 'reordered';
  }

  #shift(stream: number, by: number): void {
    const low = this.#low[stream] ?? 0;
    const high = this.#high[stream] ?? 0;
    if (by >= width) {
      this.#high[stream] = 0;
      this.#low[stream] = 1;
    } else if (by >= 32) {
      this.#high[stream] = low << (by - 32);
      this.#low[stream] = 1;
    } else {
      this.#high[stream] = (high << by) | (low >>> (32 - by));
      this.#low[stream] = (low << by) | 1;
    }
  }
}
