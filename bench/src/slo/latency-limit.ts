import type { SloTree } from '../results/bench-result.ts';
import { comparisons } from './parse-slo.ts';

/** The strictest limit that the objective sets to a delivery's time; 0 where it sets none, or there is none. */
export function latencyLimitUs(slo: SloTree | undefined): number {
  if (slo === undefined) return 0;
  const upper = comparisons(slo).filter(
    ({ metric, operator }) => metric.endsWith('(delivery)') && operator.startsWith('<'),
  );
  return upper.length === 0 ? 0 : Math.min(...upper.map(({ limit }) => limit));
}
