import type { SizeLaw, Sizes } from '../records/sizes.ts';
import { mean, quantile } from '../statistics/describe.ts';

/** Where the quantiles of a table are taken: every hundredth, and more of the tail. */
const shares = [...Array.from({ length: 100 }, (_, percent) => percent / 100), 0.995, 0.998, 0.999, 1];

/** Token counts of a trace as laws; their ranks are independent unless their correlation says otherwise. */
export function sizesOf(context: readonly number[], generated: readonly number[]): Sizes {
  const rankCorrelation = rankCorrelationOf(context, generated);
  const sizes = { context: tableOf(context), generated: tableOf(generated) };
  return Math.abs(rankCorrelation) > 0.03 ? { ...sizes, rankCorrelation: rounded(rankCorrelation) } : sizes;
}

/** Spearman's: the correlation of ranks, ties sharing their mean rank. */
export function rankCorrelationOf(a: readonly number[], b: readonly number[]): number {
  const [left, right] = [ranksOf(a), ranksOf(b)];
  const middle = mean(left);
  let both = 0;
  let one = 0;
  let other = 0;
  for (const [at, x] of left.entries()) {
    const y = (right[at] as number) - middle;
    both += (x - middle) * y;
    one += (x - middle) ** 2;
    other += y * y;
  }
  return one === 0 || other === 0 ? 0 : both / Math.sqrt(one * other);
}

function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to += 1;
    for (let at = from; at < to; at += 1) ranks[order[at] as number] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

function tableOf(values: readonly number[]): SizeLaw {
  const sorted = values.toSorted((a, b) => a - b);
  return { law: 'quantiles', at: shares.map((share) => [share, rounded(quantile(sorted, share))] as const) };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
