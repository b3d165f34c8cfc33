import type { StopReason } from '../results/bench-result.ts';
import type { Bracket } from './bracket.ts';
import { cutShort, SearchStopped, type TrialRunner } from './trial-runner.ts';

export interface ConfirmOptions {
  /** Trials of each load. */
  readonly confirmations: number;
  readonly precision: number;
  round(x: number): number;
}

/** What is confirmed, and what kept the search from coming closer, where something did. */
export interface Confirmed {
  readonly bracket: Bracket;
  readonly stop?: StopReason;
}

/**
 * Repeats the load that passed, interleaved with the one above it so that a drift of the machine meets both, and the
 * server started anew each time. Steps down where it does not hold, and farther where it misses by far, as short trials on
 * the way may have promised much too much; up where the one above holds too. Halves what is then between the two.
 * @throws SearchStopped also where nothing holds down to the smallest load
 */
export async function confirmed(runner: TrialRunner, bracket: Bracket, options: ConfirmOptions): Promise<Confirmed> {
  const { precision, round } = options;
  const { levels } = runner;
  let { lo, hi } = bracket;
  let holding: number | undefined;
  let steps = 0;
  try {
    for (;;) {
      await repeat(runner, hi === undefined ? [lo] : [lo, hi], options.confirmations);
      if (!levels.holds(lo)) hi = lo;
      else if (hi === undefined) return { bracket: { lo } };
      else if (levels.holds(hi)) {
        holding = hi;
        lo = hi;
        hi = levels.lowestFail(hi + 1e-9) ?? round(hi * precision);
        if (hi <= lo) return { bracket: { lo } };
        continue;
      } else holding = lo;
      if (holding === undefined) {
        lo = stepBelow(hi, { precision: stepDown(levels.strain(hi), precision, steps), round });
        steps += 1;
        if (lo <= 0) throw new SearchStopped('nothing-passes');
        continue;
      }
      const middle = round(Math.sqrt(holding * hi));
      if (hi / holding <= precision || middle <= holding || middle >= hi) return { bracket: { lo: holding, hi } };
      lo = middle;
    }
  } catch (error) {
    if (!(error instanceof SearchStopped && cutShort.includes(error.reason))) throw error;
    // Nobody has tried the load above, where the search was on its way up.
    if (holding === undefined || hi === undefined || levels.at(hi).length === 0) throw error;
    return { bracket: { lo: holding, hi }, stop: error.reason };
  }
}

/** The widest step down by a strain. */
const widest = 2;

/**
 * By what the load is divided: to where the objective holds if strain rises with the square of the load, and from the third
 * step on twice as far each time.
 */
function stepDown(strain: number, precision: number, steps: number): number {
  const again = precision ** (2 ** Math.max(0, steps - 1));
  return Number.isFinite(strain) ? Math.max(again, Math.min(widest, Math.sqrt(strain))) : again;
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
