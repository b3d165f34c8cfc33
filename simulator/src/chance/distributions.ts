import type { Random } from '@ssert/protocol';
import { uniform } from './layers.ts';

/** Exponential with this mean. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(uniform(random)) * mean;
}

/** Weibull; a shape below 1 has the heavier tail. */
export function weibull(random: Random, shape: number, scale: number): number {
  return scale * (-Math.log(uniform(random))) ** (1 / shape);
}

/** Standard normal (Marsaglia's polar method; the second value is thrown away, so that a draw has no memory). */
export function normal(random: Random): number {
  for (;;) {
    const x = 2 * uniform(random) - 1;
    const y = 2 * uniform(random) - 1;
    const square = x * x + y * y;
    if (square < 1 && square > 0) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/** Lognormal: `mu` and `sigma` are those of the logarithm. */
export function lognormal(random: Random, mu: number, sigma: number): number {
  return Math.exp(mu + sigma * normal(random));
}

/** Gamma (Marsaglia and Tsang, 2000), any shape above 0. */
export function gamma(random: Random, shape: number, scale: number): number {
  if (shape < 1) return gamma(random, shape + 1, scale) * uniform(random) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(uniform(random)) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v * scale;
  }
}

/** Poisson; large means are taken apart, as e^-mean would vanish. */
export function poisson(random: Random, mean: number): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 30) {
    const limit = Math.exp(-Math.min(left, 30));
    for (let product = uniform(random); product > limit; product *= uniform(random)) count += 1;
  }
  return count;
}

/** Negative binomial with this mean; its variance is mean + mean²/size. */
export function negativeBinomial(random: Random, mean: number, size: number): number {
  return poisson(random, gamma(random, size, mean / size));
}

/** Bounded Zipf: k from 1 to `n` with weight k^-exponent, by rejection-inversion (Hörmann and Derflinger, 1996). */
export function zipf(random: Random, n: number, exponent: number): number {
  const s = exponent;
  const integral = (x: number): number => (s === 1 ? Math.log(x) : Math.expm1((1 - s) * Math.log(x)) / (1 - s));
  const inverse = (y: number): number => (s === 1 ? Math.exp(y) : Math.exp(Math.log1p(y * (1 - s)) / (1 - s)));
  const weight = (x: number): number => x ** -s;
  const low = integral(1.5) - 1;
  const high = integral(n + 0.5);
  const safe = 2 - inverse(integral(2.5) - weight(2));
  for (;;) {
    const u = high + uniform(random) * (low - high);
    const x = inverse(u);
    const k = Math.min(n, Math.max(1, Math.round(x)));
    if (k - x <= safe || u >= integral(k + 0.5) - weight(k)) return k;
  }
}

/** The standard normal's quantile (Acklam's approximation, relative error below 1.2e-9). */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const polynomial = (coefficients: readonly number[], x: number): number =>
    coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
  const tail = (q: number): number => polynomial(c, q) / (polynomial(d, q) * q + 1);
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(a, r) * q) / (polynomial(b, r) * r + 1);
}

/** P(N <= j), j = 0, 1, … of a negative binomial, until what is left is below `epsilon`. */
export function negativeBinomialCdf(mean: number, size: number, epsilon = 1e-7): number[] {
  const ratio = mean / (mean + size);
  const cdf: number[] = [];
  let probability = (1 - ratio) ** size;
  for (let sum = probability, j = 0; ; j += 1) {
    cdf.push(sum);
    if (sum > 1 - epsilon || j > 1_000_000) return cdf;
    probability *= (ratio * (size + j)) / (j + 1);
    sum += probability;
  }
}

/** The same of a Poisson. */
export function poissonCdf(mean: number, epsilon = 1e-7): number[] {
  const cdf: number[] = [];
  let probability = Math.exp(-mean);
  for (let sum = probability, j = 0; ; j += 1) {
    cdf.push(sum);
    if (sum > 1 - epsilon || j > 1_000_000) return cdf;
    probability *= mean / (j + 1);
    sum += probability;
  }
}

/** The standard normal's distribution (Abramowitz and Stegun 26.2.17, error below 7.5e-8). */
export function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x >= 0 ? 1 - above : above;
}

/** The gamma function for x above 0 (Lanczos' approximation, relative error below 1e-13). */
export function gammaFunction(x: number): number {
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gammaFunction(1 - x));
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  const t = z + 7.5;
  const series = coefficients.reduce((sum, one, at) => sum + one / (z + at + 1), 0.9999999999998099);
  return Math.sqrt(2 * Math.PI) * t ** (z + 0.5) * Math.exp(-t) * series;
}

/** The mean of a Weibull law. */
export function weibullMean(shape: number, scale: number): number {
  return scale * gammaFunction(1 + 1 / shape);
}
