import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { HistogramRecord } from '../results/bench-result.ts';

/** The largest value that a histogram holds, µs. */
export const largestUs: number = 2 ** 31 - 1;

/** An empty histogram of the layout that all of ours have: 1 µs to 2^31-1 µs, three significant digits. */
export function emptyHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: largestUs, numberOfSignificantValueDigits: 3 });
}

/** A record's values. @throws Error where `hdrV2` is no HDR histogram */
export function histogramOf({ hdrV2 }: Pick<HistogramRecord, 'hdrV2'>): Histogram {
  return decodeFromCompressedBase64(hdrV2);
}

/**
 * What a result holds of a histogram.
 * @param missing expected but never seen: the percentiles are over them too, as infinitely late
 * @param overflow how many of the values were above the largest, and were recorded as the largest
 */
export function recordOf(histogram: Histogram, missing = 0, overflow = 0): HistogramRecord {
  const count = histogram.totalCount;
  const at = (percent: number): number | null => {
    const value = percentile(histogram, missing, percent);
    return Number.isFinite(value) ? value : null;
  };
  return {
    unit: 'us',
    hdrV2: encodeIntoCompressedBase64(histogram),
    count,
    overflow,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: count === 0 ? 0 : histogram.maxValue,
    missing,
  };
}

/**
 * The value that `percent` of all that was expected do not exceed, µs; Infinity where that one never came, or where
 * nothing was expected.
 */
export function percentileOf(record: HistogramRecord, percent: number): number {
  const stored = ({ 50: 'p50', 90: 'p90', 99: 'p99', 99.9: 'p999' } as const)[percent];
  if (stored !== undefined) return record[stored] ?? Number.POSITIVE_INFINITY;
  return percentile(histogramOf(record), record.missing, percent);
}

/** Several of them, in the order asked for. */
export function percentilesOf(record: HistogramRecord, percents: readonly number[]): number[] {
  const histogram = histogramOf(record);
  return percents.map((percent) => percentile(histogram, record.missing, percent));
}

/** Adds up records of the same thing: counts, never percentiles. */
export function mergedRecords(records: readonly HistogramRecord[]): HistogramRecord {
  const sum = emptyHistogram();
  for (const record of records) sum.add(histogramOf(record));
  const total = (key: 'missing' | 'overflow'): number => records.reduce((all, record) => all + record[key], 0);
  return recordOf(sum, total('missing'), total('overflow'));
}

/** The percentiles of one second over what came in it, from the histograms of several receivers; null where nothing did. */
export function mergedSeconds(encoded: readonly string[]): {
  readonly p50: number | null;
  readonly p99: number | null;
} {
  const sum = emptyHistogram();
  for (const hdrV2 of encoded) sum.add(histogramOf({ hdrV2 }));
  const { p50, p99 } = recordOf(sum);
  return { p50, p99 };
}

function percentile(histogram: Histogram, missing: number, percent: number): number {
  const { totalCount } = histogram;
  // The rank is a whole number; the tiny step back keeps 99 % of 100 at 99.
  const rank = Math.max(1, Math.ceil((percent / 100) * (totalCount + missing) - 1e-9));
  if (rank > totalCount) return Number.POSITIVE_INFINITY;
  return histogram.getValueAtPercentile((100 * rank) / totalCount);
}
