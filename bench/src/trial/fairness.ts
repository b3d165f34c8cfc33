import { sketchShare } from '../audit/delay-sketches.ts';
import type { ReceiverSummary } from '../engine/receiver-memory.ts';
import type { Fairness } from '../results/bench-result.ts';
import { jainIndex, rankCorrelation } from '../statistics/fairness.ts';

/** How alike the streams were served; undefined where nothing was delivered. */
export function fairnessOf(summaries: readonly ReceiverSummary[]): Fairness | undefined {
  const shares: number[] = [];
  const order: number[] = [];
  const means: number[] = [];
  for (const { numbers, expectedOf, deliveredOf, meanUsOf } of summaries) {
    numbers.forEach((number, stream) => {
      const expected = expectedOf[stream] ?? 0;
      const meanUs = meanUsOf[stream] ?? 0;
      if (expected > 0) shares.push(Math.min(1, (deliveredOf[stream] ?? 0) / expected));
      if (meanUs === 0) return;
      order.push(number);
      means.push(meanUs);
    });
  }
  if (means.length === 0) return undefined;
  const worst = new Float64Array(summaries[0]?.worstDelays.length ?? 0);
  for (const { worstDelays } of summaries)
    worstDelays.forEach((count, bin) => {
      worst[bin] = (worst[bin] ?? 0) + count;
    });
  return {
    jain: jainIndex(shares),
    worst1pctUs: sketchShare(worst, 0.99),
    positionBias: rankCorrelation(order, means),
  };
}
