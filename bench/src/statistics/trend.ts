import jstat from 'jstat';
import type { Interval } from './intervals.ts';

/** How a series rises or falls with time. */
export interface Trend {
  /** Median of the slopes between all pairs (Theil-Sen), in value per unit of time. */
  readonly slope: number;
  /** Of the slope, by Sen's use of Kendall's variance. */
  readonly ci95: Interval;
  /** Two-sided, of the Mann-Kendall test with its correction for ties. */
  readonly p: number;
}

/** Pairs grow with the square: of more points, hours of seconds for one, each stands for some that follow one another. */
const mostPoints = 1000;

/**
 * A trend that a few outliers cannot make or hide. A long series is taken in 1,000 parts, each by its medians.
 * @param times rising
 * @throws RangeError where there are fewer than 4 points: nothing can be said of them
 */
export function trendOf(times: readonly number[], values: readonly number[]): Trend {
  if (values.length < 4) throw new RangeError(`a trend of ${values.length} points; give 4 or more`);
  return values.length > mostPoints ? trendOfAll(thinned(times), thinned(values)) : trendOfAll(times, values);
}

/** The medians of equal parts, but for one element. */
function thinned(series: readonly number[]): number[] {
  const startOf = (part: number): number => Math.floor((part * series.length) / mostPoints);
  return Array.from({ length: mostPoints }, (_, part) => jstat.median(series.slice(startOf(part), startOf(part + 1))));
}

function trendOfAll(times: readonly number[], values: readonly number[]): Trend {
  const slopes: number[] = [];
  let score = 0;
  for (let i = 0; i < values.length; i += 1) {
    for (let j = i + 1; j < values.length; j += 1) {
      const rise = (values[j] as number) - (values[i] as number);
      slopes.push(rise / ((times[j] as number) - (times[i] as number)));
      score += Math.sign(rise);
    }
  }
  slopes.sort((a, b) => a - b);
  const deviation = Math.sqrt(varianceOfScore(values));
  const reach = jstat.normal.inv(0.975, 0, 1) * deviation;
  const at = (rank: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] as number;
  return {
    slope: jstat.median(slopes),
    ci95: [at((slopes.length - reach) / 2 - 1), at((slopes.length + reach) / 2)],
    p: deviation === 0 ? 1 : pOf(score, deviation),
  };
}

function pOf(score: number, deviation: number): number {
  // One step towards zero: the score is a whole number, the normal law is not.
  const z = (score - Math.sign(score)) / deviation;
  return Math.min(1, 2 * (1 - jstat.normal.cdf(Math.abs(z), 0, 1)));
}

function varianceOfScore(values: readonly number[]): number {
  const weight = (n: number): number => n * (n - 1) * (2 * n + 5);
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  const tied = [...ties.values()].reduce((sum, count) => sum + weight(count), 0);
  return (weight(values.length) - tied) / 18;
}
