import type { BenchResult, Trial } from '@ssert/bench';

/**
 * Whether slow readers were there, where a run tells what they do by a trial without them and one with; undefined of
 * other scenarios.
 */
export function slowReadersIn({ plan }: Pick<BenchResult, 'plan'>, { scenario = {} }: Trial): string | undefined {
  if (plan.scenario !== 'slow') return undefined;
  return 'slowStreams' in scenario ? 'with slow readers' : 'without slow readers';
}

/** Which trial of its load one is: `1`; `2, with slow readers`. */
export function trialName(result: Pick<BenchResult, 'plan'>, trial: Trial): string {
  return [trial.rep + 1, slowReadersIn(result, trial)].filter((part) => part !== undefined).join(', ');
}
