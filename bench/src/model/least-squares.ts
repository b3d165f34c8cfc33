import jstat from 'jstat';
import { Matrix, SVD, solve } from 'ml-matrix';
import type { Interval } from '../statistics/intervals.ts';

export interface LinearFit {
  readonly coefficients: readonly number[];
  /** Two-sided 95 % by Student's t; infinitely wide without degrees of freedom. */
  readonly ci95: readonly Interval[];
}

/**
 * Least squares.
 * @param rows one for each observation, a figure for each coefficient
 * @throws RangeError where the observations do not tell the coefficients apart
 */
export function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): LinearFit {
  const width = rows[0]?.length ?? 0;
  if (rows.length < width) throw new RangeError('fewer observations than coefficients');
  // Bytes and counts differ by many powers of ten: columns are scaled, or their rank would be a matter of units.
  const scales = Array.from(
    { length: width },
    (_, column) => Math.max(...rows.map((row) => Math.abs(row[column] as number))) || 1,
  );
  const a = new Matrix(rows.map((row) => row.map((value, column) => value / (scales[column] as number))));
  const y = Matrix.columnVector([...values]);
  const svd = new SVD(a);
  const [largest = 0] = svd.diagonal;
  if ((svd.diagonal.at(width - 1) ?? 0) < 1e-6 * largest) throw new RangeError('columns are collinear');
  const scaled = solve(a, y, true).to1DArray();
  const rest = a.mmul(Matrix.columnVector(scaled)).sub(y).to1DArray();
  const freedom = rows.length - width;
  const variance = rest.reduce((sum, one) => sum + one * one, 0) / freedom;
  // Of the inverse of A'A only the diagonal is needed.
  const spread = scaled.map((_, j) =>
    svd.diagonal.reduce((sum, singular, k) => sum + (svd.rightSingularVectors.get(j, k) / singular) ** 2, 0),
  );
  const coefficients = scaled.map((value, j) => value / (scales[j] as number));
  const ci95 = coefficients.map((value, j): Interval => {
    if (freedom < 1) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const margin =
      (jstat.studentt.inv(0.975, freedom) * Math.sqrt(variance * (spread[j] as number))) / (scales[j] as number);
    return [value - margin, value + margin];
  });
  return { coefficients, ci95 };
}

/** Least squares whose coefficients are costs: one that would be negative is 0, the most negative first. */
export function leastSquaresOfCosts(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const width = rows[0]?.length ?? 0;
  const kept = Array.from({ length: width }, (_, at) => at);
  for (;;) {
    if (kept.length === 0) return new Array<number>(width).fill(0);
    const { coefficients } = leastSquares(
      rows.map((row) => kept.map((column) => row[column] as number)),
      values,
    );
    const least = coefficients.indexOf(Math.min(...coefficients));
    if ((coefficients[least] as number) >= 0) {
      const all = new Array<number>(width).fill(0);
      for (const [at, column] of kept.entries()) all[column] = coefficients[at] as number;
      return all;
    }
    kept.splice(least, 1);
  }
}
