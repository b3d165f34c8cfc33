import type { Random } from '@ssert/protocol';
import jstat from 'jstat';
import { ends, type Interval, resample } from './intervals.ts';

/** Above this many ways to split the values nobody needs the exact answer: the normal law is as good. */
const mostSplits = 200_000;

/**
 * Two-sided p of the Mann-Whitney test, exact also with ties: of all ways to split the pooled values into two such
 * samples, the share whose ranks are at least as far from what chance would give.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const pooled = [...a, ...b];
  // Twice the mid-ranks: whole numbers.
  const ranks = jstat.rank(pooled).map((rank) => Math.round(2 * rank));
  const sumOfA = ranks.slice(0, a.length).reduce((sum, rank) => sum + rank, 0);
  const expected = a.length * (pooled.length + 1);
  const distance = Math.abs(sumOfA - expected);
  if (splits(pooled.length, a.length) > mostSplits) return byNormalLaw(ranks, a.length, distance);
  const ways = waysBySum(ranks, a.length);
  let [far, all] = [0, 0];
  for (const [sum, count] of ways) {
    all += count;
    if (Math.abs(sum - expected) >= distance) far += count;
  }
  return far / all;
}

/** How many subsets of that size have each sum. */
function waysBySum(ranks: readonly number[], size: number): Map<number, number> {
  const bySize = Array.from({ length: size + 1 }, () => new Map<number, number>());
  bySize[0]?.set(0, 1);
  for (const rank of ranks) {
    for (let taken = size; taken > 0; taken -= 1) {
      const into = bySize[taken] as Map<number, number>;
      for (const [sum, count] of bySize[taken - 1] as Map<number, number>) {
        into.set(sum + rank, (into.get(sum + rank) ?? 0) + count);
      }
    }
  }
  return bySize[size] as Map<number, number>;
}

function byNormalLaw(doubleRanks: readonly number[], size: number, distance: number): number {
  const n = doubleRanks.length;
  const mean = n + 1;
  const spread = doubleRanks.reduce((sum, rank) => sum + (rank - mean) ** 2, 0) / (n - 1);
  const deviation = Math.sqrt((size * (n - size) * spread) / n);
  return deviation === 0 ? 1 : Math.min(1, 2 * (1 - jstat.normal.cdf((distance - 1) / deviation, 0, 1)));
}

function splits(n: number, size: number): number {
  let ways = 1;
  for (let taken = 1; taken <= Math.min(size, n - size); taken += 1) ways = (ways * (n - taken + 1)) / taken;
  return ways;
}

/** How many times as large b is as a: the median of all quotients (Hodges-Lehmann, on logarithms). Values above 0. */
export function ratioOf(a: readonly number[], b: readonly number[]): number {
  return Math.exp(jstat.median(a.flatMap((one) => b.map((other) => Math.log(other / one)))));
}

/** Bootstrap interval of that ratio, both samples drawn anew. */
export function ratioInterval(a: readonly number[], b: readonly number[], random: Random, level = 0.95): Interval {
  const drawn = Array.from({ length: 1000 }, () => ratioOf(resample(a, random), resample(b, random)));
  return ends(drawn, level);
}

/** p values corrected for being several (Holm 1979), in the order in which they came. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p);
  const corrected = new Array<number>(ps.length);
  let least = 0;
  for (const [rank, { p, at }] of order.entries()) {
    least = Math.max(least, Math.min(1, p * (ps.length - rank)));
    corrected[at] = least;
  }
  return corrected;
}
