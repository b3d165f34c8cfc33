/** Steps for each doubling: a delay is known within 19 %. */
const steps = 4;
const smallestUs = 32;
const bins = steps * 26;

/**
 * The delays of each stream in 208 bytes: coarse, but enough to tell which streams are worse off than others, whose exact
 * times stand in no histogram of their own.
 */
export class DelaySketches {
  readonly #counts: Uint16Array;

  constructor(streams: number) {
    this.#counts = new Uint16Array(streams * bins);
  }

  record(stream: number, delayUs: number): void {
    const step = Math.ceil(Math.log2(Math.max(delayUs, smallestUs) / smallestUs) * steps);
    const at = stream * bins + Math.min(bins - 1, step);
    const count = this.#counts[at] ?? 0;
    if (count < 65_535) this.#counts[at] = count + 1;
  }

  /** Adds what one stream had to the counts of several. */
  addTo(sum: Float64Array, stream: number): void {
    for (let bin = 0; bin < bins; bin += 1) sum[bin] = (sum[bin] ?? 0) + (this.#counts[stream * bins + bin] ?? 0);
  }

  /** The counts of these streams, as `sketchShare` reads them. */
  of(streams: readonly number[]): Float64Array {
    const sum = new Float64Array(bins);
    for (const stream of streams) this.addTo(sum, stream);
    return sum;
  }
}

/** The delay that a share of the counts is not above, us; 0 where nothing was counted. */
export function sketchShare(counts: Float64Array, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (let bin = 0; bin < bins; bin += 1) {
    seen += counts[bin] ?? 0;
    if (seen > 0 && seen >= share * total) return Math.round(smallestUs * 2 ** (bin / steps));
  }
  return 0;
}
