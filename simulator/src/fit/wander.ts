import type { GatedModel } from '../arrivals/gated.ts';
import { mean, variance } from '../statistics/describe.ts';
import { covarianceByCorrelation } from './latent.ts';

type Wander = GatedModel['wander'];

/** The wandering inside spells: by the covariances of their counts at lags from 0.1 to 10 s. */
export function wanderInSpells(
  spells: readonly (readonly number[])[],
  count: GatedModel['count'],
  stepS: number,
): Wander {
  const timesS = [0, 0.2, 0.5, 1.5, 5, 15];
  const lags = logSpaced(Math.max(1, Math.round(0.1 / stepS)), Math.max(2, Math.round(10 / stepS)), 20);
  const wanted = lags.map((lag) => covarianceAt(spells, lag, count.mean));
  const covariance = covarianceByCorrelation(count);
  const keeps = timesS.map((timeS) => lags.map((lag) => keepOver(lag * stepS, timeS)));
  return sharesThatFit(timesS, (shares) =>
    lags.reduce((sum, _, at) => {
      const made = covariance(shares.reduce((r, share, i) => r + share * (keeps[i]?.[at] ?? 0), 0));
      const miss = wanted[at];
      return miss === undefined ? sum : sum + (made - miss) ** 2;
    }, 0),
  );
}

/**
 * The wandering of a rate that never stops: by how the variance of counts grows with the window, held against what a
 * trace of this length shows of it.
 */
export function wanderThroughout(counts: readonly number[], count: GatedModel['count'], stepS: number): Wander {
  const total = counts.length;
  const timesS = [0, 0.2, 0.7, 2, 7, 20, 70, 200, (total * stepS) / 5].filter((timeS) => timeS <= (total * stepS) / 5);
  const windows = logSpaced(1, Math.max(2, Math.floor(total / 20)), 24);
  const shown = windows.map((length) => variance(blockSums(counts, length)));
  // Every lag up to 64, then ever fewer: the covariance is smooth there.
  const lags = [...new Set([...Array.from({ length: 64 }, (_, lag) => lag), ...logSpaced(64, total, 120)])];
  const covariance = covarianceByCorrelation(count);
  const own = count.size === undefined ? count.mean : count.mean + count.mean ** 2 / count.size;
  const keeps = timesS.map((timeS) => lags.map((lag) => keepOver(lag * stepS, timeS)));
  return sharesThatFit(timesS, (shares) => {
    const values = lags.map((lag, at) =>
      lag === 0 ? own : covariance(shares.reduce((r, share, i) => r + share * (keeps[i]?.[at] ?? 0), 0)),
    );
    const sums = varianceOfSums(lags, values);
    const all = sums(total);
    return windows.reduce((sum, length, at) => {
      const blocks = Math.floor(total / length);
      const made = (blocks / (blocks - 1)) * (sums(length) - all / blocks ** 2);
      return sum + Math.log(Math.max(made, 1e-9) / Math.max(shown[at] as number, 1e-9)) ** 2;
    }, 0);
  });
}

/** V(n) = n c(0) + 2 Σ (n - k) c(k), the sums taken piecewise between lags. */
function varianceOfSums(lags: readonly number[], values: readonly number[]): (n: number) => number {
  const plain = [0];
  const weighted = [0];
  for (let at = 1; at < lags.length; at += 1) {
    const [from, to] = [lags[at - 1] as number, lags[at] as number];
    const [low, high] = [values[at - 1] as number, values[at] as number];
    const steps = to - from;
    // The lags from + 1 to `to`, with values on a line.
    const sum = steps === 1 ? high : (steps * (low + high)) / 2 + (high - low) / 2;
    plain.push((plain[at - 1] as number) + sum);
    weighted.push((weighted[at - 1] as number) + (steps === 1 ? to * high : sum * ((from + to + 1) / 2)));
  }
  const upTo = (sums: readonly number[], n: number): number => {
    const at = lags.findIndex((lag) => lag >= n);
    if (at <= 0) return at === 0 ? 0 : (sums.at(-1) as number);
    const [from, to] = [lags[at - 1] as number, lags[at] as number];
    const [low, high] = [sums[at - 1] as number, sums[at] as number];
    return low + ((n - from) / (to - from)) * (high - low);
  };
  return (n) => n * (values[0] as number) + 2 * (n * upTo(plain, n - 1) - upTo(weighted, n - 1));
}

/**
 * The shares, none negative and 1 together, with the least error: share goes from one part to another as long as that
 * helps, in ever smaller portions.
 */
function sharesThatFit(timesS: readonly number[], errorOf: (shares: readonly number[]) => number): Wander {
  const shares = timesS.map(() => 1 / timesS.length);
  let least = errorOf(shares);
  for (let portion = 0.2; portion > 0.002; ) {
    let improved = false;
    for (let from = 0; from < shares.length; from += 1) {
      for (let to = 0; to < shares.length; to += 1) {
        const moved = Math.min(portion, shares[from] as number);
        if (from === to || moved === 0) continue;
        const trial = shares.map((share, at) => (at === from ? share - moved : at === to ? share + moved : share));
        const error = errorOf(trial);
        if (error >= least) continue;
        [least, improved] = [error, true];
        shares.splice(0, shares.length, ...trial);
      }
    }
    if (!improved) portion /= 2;
  }
  const parts = timesS.map((timeS, at) => ({ share: shares[at] as number, timeS })).filter(({ share }) => share > 1e-9);
  return parts;
}

function covarianceAt(spells: readonly (readonly number[])[], lag: number, middle: number): number | undefined {
  let sum = 0;
  let pairs = 0;
  for (const counts of spells) {
    for (let at = 0; at + lag < counts.length; at += 1) {
      sum += ((counts[at] as number) - middle) * ((counts[at + lag] as number) - middle);
    }
    pairs += Math.max(0, counts.length - lag);
  }
  return pairs < 50 ? undefined : sum / pairs;
}

function blockSums(counts: readonly number[], length: number): number[] {
  const sums = new Array<number>(Math.floor(counts.length / length)).fill(0);
  for (let at = 0; at < sums.length * length; at += 1) {
    const block = Math.floor(at / length);
    sums[block] = (sums[block] as number) + (counts[at] as number);
  }
  return sums;
}

function keepOver(lagS: number, timeS: number): number {
  if (lagS === 0) return 1;
  return timeS === 0 ? 0 : Math.exp(-lagS / timeS);
}

/** Whole numbers from one to another, spaced evenly in their logarithm, none twice. */
function logSpaced(from: number, to: number, count: number): number[] {
  const all = Array.from({ length: count }, (_, at) => Math.round(from * (to / from) ** (at / (count - 1))));
  return [...new Set(all)];
}

/** Mean and size of the counts. */
export function countLaw(counts: readonly number[]): GatedModel['count'] {
  const [middle, spread] = [mean(counts), variance(counts)];
  return spread <= 1.02 * middle ? { mean: middle } : { mean: middle, size: middle ** 2 / (spread - middle) };
}
