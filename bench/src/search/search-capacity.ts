import type { Random } from '@ssert/protocol';
import type { Capacity, StopReason, Trial } from '../results/bench-result.ts';
import { kneeOf } from '../statistics/knee.ts';
import { type Bracket, findBracket } from './bracket.ts';
import { capacityInterval } from './capacity-interval.ts';
import { confirmed, stepBelow } from './confirm.ts';
import { efforts } from './effort.ts';
import { type RunnerOptions, SearchStopped, TrialRunner } from './trial-runner.ts';

export interface SearchOptions extends RunnerOptions {
  readonly axis: Capacity['axis'];
  /** The first load. */
  readonly start: number;
  /** The highest load that the generator may be asked for, so that it is not the limit itself. Default: none. */
  readonly ceiling?: number;
  /** The search ends where the loads that pass and fail are this close. Default 1.05. */
  readonly precision?: number;
  /** Trials that confirm a load. Default 5. */
  readonly confirmations?: number;
  /** Trials that must agree on a load that is only on the way. Default 2. */
  readonly agreeing?: number;
  /** By how much the load grows until one fails. Default 2. */
  readonly stride?: number;
  /** For the bootstrap. */
  readonly random: Random;
}

export interface SearchOutcome {
  /** Absent where no load passed, or none had when the search ended, and where the measurements were invalid. */
  readonly capacity?: Capacity;
  readonly stop: StopReason;
  /** Every trial in the order in which it ran. */
  readonly trials: readonly Trial[];
}

/**
 * Finds the highest load that keeps an objective: doubling, bisection in log space, repeated trials around the answer,
 * then an overload and whether the server gets over it. Short trials find the way, long ones decide. Like MLRsearch of
 * the IETF's benchmarking group.
 */
export async function searchCapacity(options: SearchOptions): Promise<SearchOutcome> {
  const { axis, start, ceiling = Number.POSITIVE_INFINITY } = options;
  const { precision, confirmations, agreeing, stride } = { ...efforts.full, ...options };
  const round = axis === 'streams' ? Math.round : (x: number) => Number(x.toPrecision(4));
  const runner = new TrialRunner(options);
  const { levels } = runner;
  let bracket: Bracket | undefined;
  let isConfirmed = false;
  let recovered: boolean | null = null;
  let stop: StopReason;
  try {
    bracket = await findBracket(runner, { start, precision, ceiling, stride, agreeing, round });
    const found = await confirmed(runner, bracket, { precision, confirmations, round });
    bracket = found.bracket;
    isConfirmed = true;
    stop = found.stop ?? (bracket.hi === undefined ? 'generator' : 'precision');
    if (bracket.hi !== undefined) recovered = await afterwards(runner, { ...bracket, hi: bracket.hi }, ceiling, round);
  } catch (error) {
    if (!(error instanceof SearchStopped)) throw error;
    stop = error.reason;
  }
  const found = isConfirmed ? bracket : levels.bracketSoFar(confirmations, (x) => stepBelow(x, { precision, round }));
  const nothing = stop === 'invalid' || stop === 'nothing-passes' || found === undefined;
  if (nothing) return { stop, trials: runner.trials };
  const { lo, hi } = found;
  const binding = bindingAt(runner, hi);
  const knee = kneeOf(latencies(runner), options.random);
  const capacity: Capacity = {
    axis,
    lo,
    hi: hi ?? null,
    ci95: capacityInterval(levels, found),
    limitedBy: hi === undefined && isConfirmed ? 'generator' : isConfirmed ? 'server' : 'time',
    confirmed: isConfirmed,
    ...(binding === undefined ? {} : { binding }),
    ...(knee === undefined ? {} : { knee }),
    nonMonotone: isInverted(runner),
    recovered,
    lowN: levels.at(lo).every(({ trial }) => trial.lowN),
  };
  return { capacity, stop, trials: runner.trials };
}

/**
 * With the answer known: whether half of it holds again behind an overload, without a restart. Null where there was no
 * overload, or no budget left for it; then the answer stands all the same.
 */
async function afterwards(
  runner: TrialRunner,
  { lo, hi }: Required<Bracket>,
  ceiling: number,
  round: (x: number) => number,
): Promise<boolean | null> {
  let recovered: boolean | null = null;
  try {
    const overload = Math.min(round(1.5 * hi), ceiling);
    const { outcome } = await runner.run(overload, { purpose: 'overload', restart: true, long: false });
    if (!outcome.met) {
      const half = lo < 2 ? lo : round(lo / 2);
      recovered = (await runner.run(half, { purpose: 'recover', restart: false, long: true })).outcome.met;
    }
    await repeatInversion(runner);
  } catch (error) {
    if (!(error instanceof SearchStopped)) throw error;
  }
  return recovered;
}

/** A pass above a fail may be chance: both loads are tried three more times. */
async function repeatInversion(runner: TrialRunner): Promise<void> {
  const found = runner.levels.inversion();
  if (found === undefined) return;
  for (let round = 0; round < 3; round += 1) {
    for (const x of [found.failed, found.passed]) await runner.run(x, { purpose: 'repeat', restart: true, long: true });
  }
}

/** Whether a pass above a fail is still there when both loads were repeated. */
function isInverted({ levels }: TrialRunner): boolean {
  const found = levels.inversion();
  const repeated = (x: number): boolean => levels.at(x).some(({ purpose }) => purpose === 'repeat');
  return found !== undefined && repeated(found.failed) && repeated(found.passed);
}

/** The term that most failed trials failed by, at the lowest load that failed. */
function bindingAt({ levels }: TrialRunner, hi: number | undefined): string | undefined {
  const failed = levels.at(hi ?? Number.NaN).filter(({ outcome }) => !outcome.met);
  const counts = Map.groupBy(failed, ({ outcome }) => outcome.binding);
  return [...counts].sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

function latencies({ levels }: TrialRunner): { x: number; latency: number }[] {
  return levels.all().flatMap(({ x, trials }) =>
    trials.flatMap(({ trial }) => {
      const record = trial.hist.delivery ?? trial.hist.ttfh;
      return record === undefined ? [] : [{ x, latency: record.p99 ?? Number.POSITIVE_INFINITY }];
    }),
  );
}
