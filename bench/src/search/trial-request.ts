import type { Trial } from '../results/bench-result.ts';
import type { SloOutcome } from '../slo/evaluate-slo.ts';

/** Why a load is tried. */
export type Purpose = 'double' | 'bisect' | 'confirm' | 'overload' | 'recover' | 'repeat';

/** How a trial is to be run. */
export interface TrialRequest {
  readonly purpose: Purpose;
  /** The server starts anew before it; without it, it goes on as the last trial has left it. */
  readonly restart: boolean;
  /** Measure as long as the percentiles need; a short one only has to find the way. */
  readonly long: boolean;
}

/** What is known after a trial. */
export interface SearchProgress {
  readonly trial: Trial;
  readonly purpose: Purpose;
  readonly outcome: SloOutcome;
  /** Trials so far, this one included. */
  readonly trials: number;
}
