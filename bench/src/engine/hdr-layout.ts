/**
 * Counts in the layout of an HDR histogram with three significant digits: 2048 values of their own, and from there on
 * 1024 steps for each doubling. So a value is known within 0.1 %, and `hdr-histogram-js` reads the same counts.
 */
const subBits = 10;

/** The largest value that is told apart; larger ones count as this one, and as overflow. */
export const largestValue: number = 2 ** 31 - 1;

/** Where a value is counted. @param value a whole number from 0 to `largestValue` */
export function hdrIndex(value: number): number {
  const bucket = 31 - Math.clz32(value | 2047) - subBits;
  return (bucket << subBits) + (value >>> bucket);
}

/** The largest value that is counted there. */
export function highestValueAt(index: number): number {
  const bucket = Math.max(0, (index >>> subBits) - 1);
  return (index - (bucket << subBits) + 1) * 2 ** bucket - 1;
}

/** How many counts a histogram has. One more behind them is of the overflow. */
export const hdrLength: number = hdrIndex(largestValue) + 1;
const overflowAt = hdrLength;

/** Counts values of one writer, in memory that others may read meanwhile. */
export class HdrCounts {
  readonly counts: Uint32Array;

  constructor(buffer: SharedArrayBuffer | ArrayBuffer = new ArrayBuffer(hdrBytes)) {
    this.counts = new Uint32Array(buffer);
  }

  /** @param value us; below 0 counts as 0 */
  record(value: number): void {
    const whole = value > largestValue ? largestValue : value > 0 ? value | 0 : 0;
    const index = hdrIndex(whole);
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    if (value > largestValue) this.counts[overflowAt] = (this.counts[overflowAt] ?? 0) + 1;
  }
}

/** Bytes that one histogram takes. */
export const hdrBytes: number = (hdrLength + 1) * Uint32Array.BYTES_PER_ELEMENT;

/** What of a histogram has grown: indexes, and by how much. */
export interface HdrDelta {
  readonly indexes: Uint32Array;
  readonly by: Uint32Array;
}

/** What has come to `counts` since `before`, which is brought up to it. */
export function growth(counts: Uint32Array, before: Uint32Array): HdrDelta {
  const indexes: number[] = [];
  const by: number[] = [];
  for (let index = 0; index < counts.length; index += 1) {
    const more = ((counts[index] ?? 0) - (before[index] ?? 0)) >>> 0;
    if (more === 0) continue;
    indexes.push(index);
    by.push(more);
    before[index] = counts[index] ?? 0;
  }
  return { indexes: Uint32Array.from(indexes), by: Uint32Array.from(by) };
}

/** The counts that are not 0: all of a long trial's seconds would not fit otherwise. */
export function sparse(counts: Float64Array): HdrDelta {
  const indexes: number[] = [];
  for (let index = 0; index < counts.length; index += 1) if (counts[index] !== 0) indexes.push(index);
  return { indexes: Uint32Array.from(indexes), by: Uint32Array.from(indexes, (index) => counts[index] ?? 0) };
}

/** Adds what another histogram has grown by: counts are merged, percentiles never. */
export function grow(counts: Float64Array | Uint32Array, { indexes, by }: HdrDelta): void {
  for (let at = 0; at < indexes.length; at += 1) {
    const index = indexes[at] ?? 0;
    counts[index] = (counts[index] ?? 0) + (by[at] ?? 0);
  }
}

/** How many values were counted. */
export function totalOf(counts: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < hdrLength; index += 1) total += counts[index] ?? 0;
  return total;
}

/** How many of them were larger than `largestValue`. */
export function overflowOf(counts: ArrayLike<number>): number {
  return counts[overflowAt] ?? 0;
}

/**
 * The smallest value that a share of all is not above.
 * @param share from 0 to 1
 * @param missing values that never came: infinitely large
 * @returns us; null where that value is among the missing, or nothing was counted
 */
export function valueAtShare(counts: ArrayLike<number>, share: number, missing = 0): number | null {
  const total = totalOf(counts);
  const rank = Math.max(1, Math.ceil(share * (total + missing)));
  if (total === 0 || rank > total) return null;
  let seen = 0;
  for (let index = 0; index < hdrLength; index += 1) {
    seen += counts[index] ?? 0;
    if (seen >= rank) return highestValueAt(index);
  }
  return null;
}
