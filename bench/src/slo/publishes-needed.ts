import type { SloTree } from '../results/bench-result.ts';
import { comparisons } from './parse-slo.ts';

/**
 * Publishes that a trial needs for the percentiles of an objective: the deliveries of one publish share its fate, so
 * ten publishes must lie beyond the percentile. 1,000 for p99; fewer are `low-n`.
 * @param tree without one p99 is what is told
 * @returns at least 100
 */
export function publishesNeeded(tree: SloTree | undefined): number {
  if (tree === undefined) return 1000;
  const percents = comparisons(tree).flatMap(({ metric }) => {
    const percent = Number(/^p([\d.]+)\((?:delivery|skew|gap|publish\w+)\)$/.exec(metric)?.[1]);
    return percent < 100 ? percent : [];
  });
  return Math.max(100, ...percents.map((percent) => Math.ceil(10 / (1 - percent / 100) - 1e-6)));
}
