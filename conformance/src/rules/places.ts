import type { RuleContext } from '../context.ts';

/** Whether this run's streams, or all that the server counts, take the places that it declares, but for a few. */
export async function isNearlyFull(context: RuleContext, capacity: number): Promise<boolean> {
  const ours = context.observations.underWay;
  const counted = context.countsSockets ? 0 : await context.openStreams();
  return Math.max(ours, counted) >= capacity - Math.max(2, capacity / 10);
}
