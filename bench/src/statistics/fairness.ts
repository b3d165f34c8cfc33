import jstat from 'jstat';

/** Jain's index: 1 where all get the same, 1/n where one gets everything. Nothing for anybody is equal too. */
export function jainIndex(shares: ArrayLike<number>): number {
  let [sum, squares] = [0, 0];
  for (let at = 0; at < shares.length; at += 1) {
    const share = shares[at] as number;
    sum += share;
    squares += share * share;
  }
  return squares === 0 ? 1 : sum ** 2 / (shares.length * squares);
}

/** Spearman's rank correlation, with mid-ranks for ties; 0 where one side is constant. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const value = jstat.spearmancoeff(a, b);
  // Rounding may lead a little beyond 1.
  return Number.isNaN(value) ? 0 : Math.max(-1, Math.min(1, value));
}
