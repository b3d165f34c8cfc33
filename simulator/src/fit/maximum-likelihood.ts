import type { WeibullLaw } from '../arrivals/gated.ts';
import { mean } from '../statistics/describe.ts';

/** The Weibull law under which these lengths, all above 0, are likeliest. */
export function weibullOf(lengths: readonly number[]): WeibullLaw {
  const logs = lengths.map(Math.log);
  const meanLog = mean(logs);
  // The likelihood's slope rises with the shape, so halving the interval finds its only root.
  const slope = (shape: number): number => {
    let weights = 0;
    let weighted = 0;
    for (const log of logs) {
      const weight = Math.exp(shape * (log - meanLog));
      weights += weight;
      weighted += weight * log;
    }
    return weighted / weights - 1 / shape - meanLog;
  };
  const shape = rootOf(slope, 0.05, 50);
  return {
    shape,
    scaleS: mean(logs.map((log) => Math.exp(shape * (log - meanLog)))) ** (1 / shape) * Math.exp(meanLog),
  };
}

/** The gamma law of these gaps, all above 0. */
export function gammaOf(gaps: readonly number[]): WeibullLaw {
  const average = mean(gaps);
  const distance = Math.log(average) - mean(gaps.map(Math.log));
  const digamma = (x: number): number =>
    x < 6 ? digamma(x + 1) - 1 / x : Math.log(x) - 1 / (2 * x) - 1 / (12 * x * x);
  const shape = rootOf((k) => distance - (Math.log(k) - digamma(k)), 0.02, 1e4);
  return { shape, scaleS: average / shape };
}

/** Where a rising function is 0, by halving the interval of its logarithm; the nearer end where it is nowhere. */
export function rootOf(rising: (x: number) => number, least: number, most: number): number {
  let [low, high] = [Math.log(least), Math.log(most)];
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (rising(Math.exp(middle)) < 0) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}
