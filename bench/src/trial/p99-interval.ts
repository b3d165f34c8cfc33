import type { Random } from '@ssert/protocol';
import { grow, type HdrDelta, hdrLength, valueAtShare } from '../engine/hdr-layout.ts';
import { blockBootstrapInterval, type Interval } from '../statistics/intervals.ts';

/** Fewer seconds than this say little of how they differ. */
const leastSeconds = 5;
/** Enough for a 95 % interval; each adds up the counts of all seconds. */
const resamples = 200;

/**
 * How sure p99 of delivery is: a 95 % interval over the seconds that were measured. Seconds resemble their neighbours, so
 * whole blocks of them are drawn.
 * @param seconds counts of how late what came in each was
 * @returns us; undefined where too little was measured
 */
export function p99Interval(seconds: readonly HdrDelta[], random: Random): Interval | undefined {
  if (seconds.length < leastSeconds) return undefined;
  const counts = new Float64Array(hdrLength + 1);
  const p99 = (sample: readonly HdrDelta[]): number => {
    counts.fill(0);
    for (const second of sample) grow(counts, second);
    return valueAtShare(counts, 0.99) ?? Number.NaN;
  };
  const [low, high] = blockBootstrapInterval(seconds, p99, random, { resamples });
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : undefined;
}
