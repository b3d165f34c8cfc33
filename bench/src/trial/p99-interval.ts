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
  return finite(blockBootstrapInterval(seconds, p99Of, random, { resamples }));
}

/**
 * By how much p99 of the loaded streams is later than that of the canary: a 95 % interval over the seconds in which both
 * had events. Both are drawn together, as what holds up the server for a moment holds up both.
 * @param loaded counts of how late what came in each second was, by the second
 * @returns us; undefined where they have no second in common
 */
export function laterThanCanary(
  loaded: ReadonlyMap<number, HdrDelta>,
  canary: ReadonlyMap<number, HdrDelta>,
  random: Random,
): Interval | undefined {
  const pairs: readonly { readonly loaded: HdrDelta; readonly canary: HdrDelta }[] = [...loaded].flatMap(
    ([second, one]) => {
      const other = canary.get(second);
      return other === undefined ? [] : [{ loaded: one, canary: other }];
    },
  );
  if (pairs.length === 0) return undefined;
  const difference = (sample: typeof pairs): number =>
    p99Of(sample.map((pair) => pair.loaded)) - p99Of(sample.map((pair) => pair.canary));
  return finite(blockBootstrapInterval(pairs, difference, random, { resamples }));
}

/** Over all these seconds, us; not a number where nothing came. */
function p99Of(seconds: readonly HdrDelta[]): number {
  const counts = new Float64Array(hdrLength + 1);
  for (const second of seconds) grow(counts, second);
  return valueAtShare(counts, 0.99) ?? Number.NaN;
}

function finite([low, high]: Interval): Interval | undefined {
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : undefined;
}
