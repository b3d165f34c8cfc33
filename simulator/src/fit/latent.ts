import type { GatedModel } from '../arrivals/gated.ts';
import { negativeBinomialCdf, normalQuantile, poissonCdf } from '../chance/distributions.ts';

const terms = 40;
const gridSize = 512;

/**
 * The covariance of two counts by the correlation of their latent normals: a series in Hermite polynomials, which is
 * looked up in a table.
 */
export function covarianceByCorrelation({ mean, size }: GatedModel['count']): (correlation: number) => number {
  const cdf = size === undefined ? poissonCdf(mean) : negativeBinomialCdf(mean, size);
  const squares = new Array<number>(terms).fill(0);
  for (let k = 1; k <= terms; k += 1) squares[k - 1] = coefficient(cdf.map(normalQuantile), k) ** 2;
  const table = Array.from({ length: gridSize + 1 }, (_, at) => {
    const correlation = at / gridSize;
    return squares.reduceRight((sum, square) => (sum + square) * correlation, 0);
  });
  return (correlation) => {
    const place = Math.min(Math.max(correlation, 0), 1) * gridSize;
    const below = Math.min(Math.floor(place), gridSize - 1);
    const low = table[below] as number;
    return low + (place - below) * ((table[below + 1] as number) - low);
  };
}

/** Of the k-th Hermite polynomial, each of them scaled to unit variance so that none grows beyond bounds. */
function coefficient(thresholds: readonly number[], k: number): number {
  let sum = 0;
  for (const z of thresholds) {
    if (!Number.isFinite(z)) continue;
    let before = 0;
    let polynomial = 1;
    for (let n = 1; n < k; n += 1) {
      [before, polynomial] = [polynomial, (z * polynomial - Math.sqrt(n - 1) * before) / Math.sqrt(n)];
    }
    sum += (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  }
  return sum / Math.sqrt(k);
}
