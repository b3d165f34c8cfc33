import { sketchShare } from '../audit/delay-sketches.ts';
import type { ReceiverSummary } from '../engine/receiver-memory.ts';
import type { Fairness } from '../results/bench-result.ts';

/** How alike the streams were served; undefined where nothing was delivered. */
export function fairnessOf(summaries: readonly ReceiverSummary[]): Fairness | undefined {
  const shares: number[] = [];
  const order: number[] = [];
  const means: number[] = [];
  for (const { numbers, expectedOf, deliveredOf, meanUsOf } of summaries) {
    numbers.forEach((number, stream) => {
      const expected = expectedOf[stream] ?? 0;
      const delivered = deliveredOf[stream] ?? 0;
      if (expected > 0) shares.push(Math.min(1, delivered / expected));
      if (delivered === 0) return;
      order.push(number);
      means.push(meanUsOf[stream] ?? 0);
    });
  }
  if (means.length === 0) return undefined;
  const worst = new Float64Array(summaries[0]?.worstDelays.length ?? 0);
  for (const { worstDelays } of summaries)
    worstDelays.forEach((count, bin) => {
      worst[bin] = (worst[bin] ?? 0) + count;
    });
  return { jain: jain(shares), worst1pctUs: sketchShare(worst, 0.99), positionBias: spearman(order, means) };
}

/** Jain's index: 1 where all have the same, 1/n where one has all. */
export function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

/** Spearman's rank correlation, ties by their mean rank; 0 where one of both never changes. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  return pearson(ranks(a), ranks(b));
}

function ranks(values: readonly number[]): Float64Array {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const result = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0]) to += 1;
    for (let at = from; at <= to; at += 1) result[order[at] ?? 0] = (from + to) / 2;
    from = to + 1;
  }
  return result;
}

function pearson(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let both = 0;
  let ofA = 0;
  let ofB = 0;
  a.forEach((value, at) => {
    const [da, db] = [value - meanA, (b[at] ?? 0) - meanB];
    both += da * db;
    ofA += da * da;
    ofB += db * db;
  });
  return ofA === 0 || ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB);
}
