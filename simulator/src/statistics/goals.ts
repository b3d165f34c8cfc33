import { clockStrength, type Description, describe, distance, gapsOf, mean, variance } from './describe.ts';

/** A trace, measured. */
export interface Measured {
  readonly description: Description;
  readonly gaps: readonly number[];
  /** Clock strength at the period that the real trace keeps to. */
  readonly clock: number;
}

/** One thing that a made trace must have as the real one has it. */
export interface Goal {
  readonly name: string;
  /** How far the mean over runs may be off. */
  readonly tolerance: number;
  readonly kind: 'relative' | 'difference' | 'distance';
  readonly error: (real: Measured, made: Measured) => number;
}

type Reading = (one: Measured) => number;

const relative = (name: string, tolerance: number, read: Reading): Goal => ({
  name,
  tolerance,
  kind: 'relative',
  error: (real, made) => (read(real) === read(made) ? 0 : read(made) / read(real) - 1),
});
const difference = (name: string, tolerance: number, read: Reading): Goal => ({
  name,
  tolerance,
  kind: 'difference',
  error: (real, made) => read(made) - read(real),
});

/** The goals of arrivals, with their tolerances. A goal whose error is not finite cannot be measured on that trace. */
export const arrivalGoals: readonly Goal[] = [
  relative('rate', 0.15, ({ description }) => description.ratePerS),
  { name: 'KS of gaps', tolerance: 0.08, kind: 'distance', error: (real, made) => distance(real.gaps, made.gaps) },
  relative('IDC 0.1 s', 0.1, ({ description }) => description.dispersion['0.1']),
  relative('IDC 1 s', 0.1, ({ description }) => description.dispersion['1']),
  relative('IDC 10 s', 0.12, ({ description }) => description.dispersion['10']),
  relative('IDC 60 s', 0.2, ({ description }) => (description.spanS < 600 ? Number.NaN : description.dispersion['60'])),
  relative('CV of gaps', 0.3, ({ description }) => description.gapVariation),
  {
    name: 'autocorrelation of 1 s counts',
    tolerance: 0.06,
    kind: 'distance',
    error: (real, made) => {
      const lags = real.description.autocorrelation;
      const off = lags.map((one, at) => Math.abs(one - (made.description.autocorrelation[at] ?? Number.NaN)));
      return off.reduce((sum, one) => sum + one, 0) / off.length;
    },
  },
  difference('empty seconds', 0.04, ({ description }) => description.emptySeconds),
  difference('empty 10 s windows', 0.05, ({ description }) => description.emptyTenSeconds),
  difference('time in gaps over 10 s', 0.06, ({ description }) => description.timeInLongGaps),
  difference('gaps under 10 ms', 0.03, ({ description }) => description.shortGaps),
  relative('99 % of 1 s counts / mean', 0.15, ({ description }) => description.highSecond),
  relative('peak / mean, 1 s', 0.4, ({ description }) => description.peakSecond),
  relative('peak / mean, 10 s', 0.4, ({ description }) => description.peakTenSeconds),
  difference('Hurst, variance-time', 0.05, ({ description }) => description.hurst),
  difference('clock strength', 0.15, ({ clock }) => clock),
];

/**
 * Measures a trace.
 * @param clockPeriodS the period at which the clock's strength is taken; NaN where the times are not that exact
 */
export function measure(times: readonly number[], clockPeriodS: number): Measured {
  const first = times[0] ?? 0;
  const since = times.map((time) => time - first);
  return {
    description: describe(since),
    gaps: gapsOf(since),
    clock: Number.isNaN(clockPeriodS) ? Number.NaN : clockStrength(since, clockPeriodS),
  };
}

/** What one model reached of one goal over several runs. */
export interface Reached {
  readonly goal: Pick<Goal, 'name' | 'tolerance' | 'kind'>;
  /** The mean over runs, with its sign; NaN where it cannot be measured on this trace. */
  readonly error: number;
  /** Its standard deviation from run to run. */
  readonly spread: number;
}

/** The errors of several runs against the real trace, averaged with their sign. */
export function reachedBy(real: Measured, runs: readonly Measured[]): Reached[] {
  return arrivalGoals.map((goal) => {
    const errors = runs.map((run) => goal.error(real, run));
    return { goal, error: mean(errors), spread: Math.sqrt(variance(errors)) };
  });
}

/** Whether the error is within its tolerance; a goal that cannot be measured is neither reached nor missed. */
export function isMissed({ goal, error }: Reached): boolean {
  return !Number.isNaN(error) && Math.abs(error) > goal.tolerance;
}

/** An error as people read it, such as `-12 %` or `+0.03`, with a star where the goal is missed. */
export function wordsOfError(reached: Reached): string {
  const { goal, error } = reached;
  if (Number.isNaN(error)) return '-';
  const sign = error >= 0 && goal.kind !== 'distance' ? '+' : '';
  const number = goal.kind === 'relative' ? `${(100 * error).toFixed(0)} %` : error.toFixed(3);
  return `${sign}${number}${isMissed(reached) ? ' *' : ''}`;
}

/** A tolerance as people read it. */
export function wordsOfTolerance({ kind, tolerance }: Reached['goal']): string {
  if (kind === 'relative') return `±${(100 * tolerance).toFixed(0)} %`;
  return kind === 'difference' ? `±${tolerance}` : `<= ${tolerance}`;
}
