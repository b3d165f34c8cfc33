import type { BenchResult, Trial } from '../results/bench-result.ts';
import { scenarioNamed } from '../scenarios/index.ts';

/** The trials that a run is about: what it measured first, where that is of another kind, is compared with nothing. */
export function comparedTrials(result: BenchResult): readonly Trial[] {
  return measuredFirst(result) === undefined ? result.trials : result.trials.slice(1);
}

/** How the first trial of a run differs from the others, in words; undefined where it does not. */
export function measuredFirst({ plan, search, rest }: BenchResult): string | undefined {
  if (rest) return 'without the requests beside the streams';
  if (search || !scenarioNamed(plan.scenario).first) return undefined;
  return plan.scenario === 'slow' ? 'without slow readers' : 'to warm up';
}
