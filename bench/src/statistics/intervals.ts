import type { Random } from '@ssert/protocol';
import jstat from 'jstat';

export type Interval = readonly [low: number, high: number];

/** Two-sided interval of the mean by Student's t; infinitely wide where fewer than two values are given. */
export function tInterval(values: readonly number[], level = 0.95): Interval {
  const half = marginOf(values, (1 + level) / 2);
  const mean = jstat.mean(values);
  return [mean - half, mean + half];
}

/**
 * One-sided upper bound of the geometric mean: Student's t on the logarithms, as latencies over trials are skewed.
 * @param values above 0; a 0 counts as next to nothing
 */
export function upperBoundOfPositive(values: readonly number[], level = 0.95): number {
  const logs = values.map((value) => Math.log(Math.max(value, 1e-9)));
  return Math.exp(jstat.mean(logs) + marginOf(logs, level));
}

/** Percentile bootstrap over independent values. @param resamples how many; 1,000 steady the ends to about 1 % of width */
export function bootstrapInterval<T>(
  values: readonly T[],
  statistic: (sample: readonly T[]) => number,
  random: Random,
  { resamples = 1000, level = 0.95 }: { readonly resamples?: number; readonly level?: number } = {},
): Interval {
  const drawn = Array.from({ length: resamples }, () => statistic(resample(values, random)));
  return ends(drawn, level);
}

/**
 * The same for values that follow one another in time and resemble their neighbours: whole blocks are drawn (Künsch
 * 1989), n^(1/3) long where nothing else is said.
 */
export function blockBootstrapInterval<T>(
  series: readonly T[],
  statistic: (sample: readonly T[]) => number,
  random: Random,
  {
    blockLength = Math.max(1, Math.round(Math.cbrt(series.length))),
    resamples = 1000,
    level = 0.95,
  }: { readonly blockLength?: number; readonly resamples?: number; readonly level?: number } = {},
): Interval {
  const starts = series.length - blockLength + 1;
  const drawn = Array.from({ length: resamples }, () => {
    const sample: T[] = [];
    while (sample.length < series.length) {
      const from = Math.floor(random.next() * starts);
      sample.push(...series.slice(from, from + blockLength));
    }
    return statistic(sample.slice(0, series.length));
  });
  return ends(drawn, level);
}

/** As many values as there are, drawn with replacement. */
export function resample<T>(values: readonly T[], random: Random): T[] {
  return values.map(() => values[Math.floor(random.next() * values.length)] as T);
}

/** The middle part of drawn values; those that are no number are left out, and none at all is an infinite interval. */
export function ends(drawn: readonly number[], level: number): Interval {
  const usable = drawn.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (usable.length === 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const at = (share: number): number => usable[Math.round(share * (usable.length - 1))] as number;
  return [at((1 - level) / 2), at((1 + level) / 2)];
}

function marginOf(values: readonly number[], share: number): number {
  if (values.length < 2) return Number.POSITIVE_INFINITY;
  const spread = jstat.stdev(values, true);
  return spread === 0 ? 0 : (jstat.studentt.inv(share, values.length - 1) * spread) / Math.sqrt(values.length);
}
