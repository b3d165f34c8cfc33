import { emptyHistogram, recordOf } from '../histogram/histogram.ts';
import type { HistogramRecord } from '../results/bench-result.ts';
import { hdrLength, highestValueAt, overflowOf } from './hdr-layout.ts';

/**
 * Counts as a result holds them.
 * @param missing values that were expected and never came
 */
export function histogramRecord(counts: ArrayLike<number>, missing = 0): HistogramRecord {
  const histogram = emptyHistogram();
  for (let index = 0; index < hdrLength; index += 1) {
    const count = counts[index] ?? 0;
    if (count > 0) histogram.recordValueWithCount(highestValueAt(index), count);
  }
  return recordOf(histogram, missing, overflowOf(counts));
}
