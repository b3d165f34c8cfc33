/** What became of one arrival: the first of its number, one more, one after a later one, or one from too long ago to tell. */
export type Arrival = 'next' | 'duplicate' | 'reordered' | 'old';

/** How far back an arrival is told from a duplicate. */
export const seenWidth = 256;
const words = seenWidth / 32;

/**
 * For each stream the highest number seen and, one bit each, which of the 255 before it were: enough to tell a duplicate
 * from an event that was overtaken, in 36 bytes a stream.
 */
export class SeenWindow {
  /** One more than the highest number, so that 0 is none. */
  readonly #next: Uint32Array;
  /** Bit k of a stream's 256, from the first word on, is the number `next - 1 - k`. */
  readonly #seen: Uint32Array;

  constructor(streams: number) {
    this.#next = new Uint32Array(streams);
    this.#seen = new Uint32Array(streams * words);
  }

  /** Nothing was seen yet. */
  forget(stream: number): void {
    this.#next[stream] = 0;
    this.#seen.fill(0, stream * words, (stream + 1) * words);
  }

  /** One more than the highest number that was seen. */
  next(stream: number): number {
    return this.#next[stream] ?? 0;
  }

  /** Whether a number below `next` was seen, or is from too long ago to be counted if it comes. */
  has(stream: number, seq: number): boolean {
    const back = this.next(stream) - 1 - seq;
    if (back >= seenWidth) return true;
    return ((this.#seen[stream * words + (back >>> 5)] ?? 0) & (1 << (back & 31))) !== 0;
  }

  take(stream: number, seq: number): Arrival {
    const next = this.next(stream);
    if (seq >= next) {
      this.#shift(stream, seq + 1 - next);
      this.#next[stream] = seq + 1;
      return 'next';
    }
    const back = next - 1 - seq;
    if (back >= seenWidth) return 'old';
    const word = stream * words + (back >>> 5);
    const bit = 1 << (back & 31);
    const known = this.#seen[word] ?? 0;
    if ((known & bit) !== 0) return 'duplicate';
    this.#seen[word] = known | bit;
    return 'reordered';
  }

  /** Makes room for later numbers, the last of which has come. */
  #shift(stream: number, by: number): void {
    const first = stream * words;
    const whole = by >>> 5;
    const bits = by & 31;
    for (let at = words - 1; at >= 0; at -= 1) {
      const from = at - whole;
      const high = from >= 0 ? (this.#seen[first + from] ?? 0) : 0;
      const low = from >= 1 ? (this.#seen[first + from - 1] ?? 0) : 0;
      this.#seen[first + at] = bits === 0 ? high : (high << bits) | (low >>> (32 - bits));
    }
    this.#seen[first] = (this.#seen[first] ?? 0) | 1;
  }
}
