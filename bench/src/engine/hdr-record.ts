import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { HistogramRecord } from '../results/bench-result.ts';
import { hdrLength, highestValueAt, largestValue, overflowOf, totalOf, valueAtShare } from './hdr-layout.ts';

/**
 * A histogram as it stands in a result.
 * @param missing values that were expected and never came
 */
export function histogramRecord(counts: ArrayLike<number>, missing = 0): HistogramRecord {
  const at = (share: number): number | null => valueAtShare(counts, share, missing);
  return {
    unit: 'us',
    hdrV2: hdrV2(counts),
    count: totalOf(counts),
    overflow: overflowOf(counts),
    // Null where the value is among the missing: JSON has no infinity.
    p50: at(0.5) as number,
    p90: at(0.9) as number,
    p99: at(0.99) as number,
    p999: at(0.999) as number,
    max: at(1) ?? valueAtShare(counts, 1) ?? 0,
    missing,
  };
}

/** HDR histogram, V2, compressed, base64: what every HDR tool reads. */
function hdrV2(counts: ArrayLike<number>): string {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: largestValue,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
  });
  for (let index = 0; index < hdrLength; index += 1) {
    const count = counts[index] ?? 0;
    if (count > 0) histogram.recordValueWithCount(highestValueAt(index), count);
  }
  return encodeIntoCompressedBase64(histogram);
}
