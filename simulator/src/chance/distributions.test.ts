import { describe, expect, test } from 'vitest';
import { mean, variance } from '../statistics/describe.ts';
import * as draw from './distributions.ts';
import { layerRandom, uniform } from './layers.ts';

const random = layerRandom(7, 'test');
const sample = (one: () => number, count = 60_000): number[] => Array.from({ length: count }, one);

/** Mean and variance are within 5 standard errors, with the fourth moment guessed generously. */
function expectMoments(values: number[], wantedMean: number, wantedVariance: number): void {
  const error = Math.sqrt(wantedVariance / values.length);
  expect(Math.abs(mean(values) - wantedMean)).toBeLessThan(5 * error);
  expect(variance(values) / wantedVariance).toBeGreaterThan(0.85);
  expect(variance(values) / wantedVariance).toBeLessThan(1.18);
}

describe('draws have the mean and the variance of their law', () => {
  test.each([
    ['exponential', () => draw.exponential(random, 2), 2, 4],
    ['Weibull, shape 2', () => draw.weibull(random, 2, 3), 3 * 0.886227, 9 * (1 - 0.785398)],
    ['normal', () => draw.normal(random), 0, 1],
    ['lognormal', () => draw.lognormal(random, 0, 0.5), Math.exp(0.125), (Math.exp(0.25) - 1) * Math.exp(0.25)],
    ['gamma, shape 0.23', () => draw.gamma(random, 0.2313, 1.6846), 0.2313 * 1.6846, 0.2313 * 1.6846 ** 2],
    ['gamma, shape 4', () => draw.gamma(random, 4, 0.5), 2, 1],
    ['Poisson, mean 0.3', () => draw.poisson(random, 0.3), 0.3, 0.3],
    ['Poisson, mean 100', () => draw.poisson(random, 100), 100, 100],
    ['negative binomial', () => draw.negativeBinomial(random, 1.016, 1.31), 1.016, 1.016 + 1.016 ** 2 / 1.31],
  ])('%s', (_, one, wantedMean, wantedVariance) => {
    expectMoments(sample(one), wantedMean, wantedVariance);
  });
});

test.each([0, 0.5, 1, 1.16, 2.5])('Zipf with exponent %d fits its weights by chi-square', (exponent) => {
  const n = 20;
  const counts = new Array<number>(n + 1).fill(0);
  const draws = 40_000;
  for (let at = 0; at < draws; at += 1) {
    const k = draw.zipf(random, n, exponent);
    counts[k] = (counts[k] ?? 0) + 1;
  }
  const weights = Array.from({ length: n }, (_, k) => (k + 1) ** -exponent);
  const sum = weights.reduce((a, b) => a + b);
  const chiSquare = weights.reduce((total, weight, k) => {
    const wanted = (draws * weight) / sum;
    return total + ((counts[k + 1] ?? 0) - wanted) ** 2 / wanted;
  }, 0);
  // 19 degrees of freedom: 43.8 is the 99.9 % quantile.
  expect(chiSquare).toBeLessThan(43.8);
});

test('the normal quantile is the inverse of the known distribution', () => {
  const known = [
    [0.5, 0],
    [0.975, 1.959963985],
    [0.001, -3.090232306],
    [1 - 1e-7, 5.199337582],
  ] as const;
  for (const [p, x] of known) expect(draw.normalQuantile(p)).toBeCloseTo(x, 6);
});

test('the distribution of a negative binomial goes to the thresholds that are published for it', () => {
  const thresholds = draw.negativeBinomialCdf(1.016, 1.31).map(draw.normalQuantile);
  expect(thresholds.slice(0, 5).map((one) => Number(one.toFixed(4)))).toEqual([-0.0718, 0.6467, 1.161, 1.5784, 1.937]);
});

describe('layers', () => {
  test('of one seed differ, and repeat', () => {
    const first = uniform(layerRandom(1, 'gate'));
    expect(uniform(layerRandom(1, 'gate'))).toBe(first);
    expect(uniform(layerRandom(1, 'counts'))).not.toBe(first);
    expect(uniform(layerRandom(2, 'gate'))).not.toBe(first);
  });
});
