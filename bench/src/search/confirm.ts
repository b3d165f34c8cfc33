import type { Bracket } from './bracket.ts';
import { SearchStopped, type TrialRunner } from './trial-runner.ts';

export interface ConfirmOptions {
  /** Trials of each load. */
  readonly confirmations: number;
  readonly precision: number;
  round(x: number): number;
}

/**
 * Repeats the load that passed, interleaved with the one above it so that a drift of the machine meets both, and the
 * server started anew each time. Steps down where it does not hold, up where the one above holds too.
 * @throws SearchStopped also where nothing holds down to the smallest load
 */
export async function confirmed(runner: TrialRunner, bracket: Bracket, options: ConfirmOptions): Promise<Bracket> {
  const { precision, round } = options;
  const { levels } = runner;
  let { lo, hi } = bracket;
  for (;;) {
    await repeat(runner, hi === undefined ? [lo] : [lo, hi], options.confirmations);
    if (!levels.holds(lo)) {
      hi = lo;
      lo = stepBelow(hi, options);
      if (lo <= 0) throw new SearchStopped('nothing-passes');
    } else if (hi !== undefined && levels.holds(hi)) {
      lo = hi;
      hi = levels.lowestFail(hi + 1e-9) ?? round(hi * precision);
      if (hi <= lo) return { lo };
    } else return hi === undefined ? { lo } : { lo, hi };
  }
}

/** The next load to try below one that does not hold. */
export function stepBelow(x: number, { precision, round }: Pick<ConfirmOptions, 'precision' | 'round'>): number {
  const lower = round(x / precision);
  // Of few streams 5 % is less than one.
  return lower < x ? lower : x - 1;
}

/** Each load until it has so many confirming trials, in turns; one that is hopeless needs no more. */
async function repeat(runner: TrialRunner, loads: readonly number[], confirmations: number): Promise<void> {
  const due = (x: number): boolean =>
    runner.levels.confirmations(x).length < confirmations && !runner.levels.hopeless(x);
  const [lowest] = loads;
  while (loads.some(due)) {
    for (const x of loads) {
      if (due(x)) await runner.run(x, { purpose: 'confirm', restart: true, long: true });
      // What is above a load that does not hold need not be known better.
      if (lowest !== undefined && runner.levels.hopeless(lowest)) return;
    }
  }
}
