import type { Trial } from '../results/bench-result.ts';

/** The trial, with more of what only its scenario measures. */
export function noted(trial: Trial, more: NonNullable<Trial['scenario']>): Trial {
  return { ...trial, scenario: { ...trial.scenario, ...more } };
}
