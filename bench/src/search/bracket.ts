import { SearchStopped, type TrialRunner } from './trial-runner.ts';

/** The highest load that passed and the lowest that failed; absent where none was found. */
export interface Bracket {
  readonly lo: number;
  readonly hi?: number;
}

export interface BracketOptions {
  readonly start: number;
  readonly precision: number;
  /** By how much the load grows until one fails. */
  readonly stride: number;
  /** Trials that must agree on a load. */
  readonly agreeing: number;
  /** The highest load that the generator may be asked for. */
  readonly ceiling: number;
  /** To a load that can be run: whole streams. */
  round(x: number): number;
}

/**
 * Multiplies the load until it fails, or halves it until it passes, then halves the rest in log space. A load that only gives
 * invalid trials where a lower one gave valid ones is more than the generator can do: then there is no upper end.
 * @throws SearchStopped also where nothing passes down to the smallest load
 */
export async function findBracket(runner: TrialRunner, options: BracketOptions): Promise<Bracket> {
  const rough = await grown(runner, options);
  return rough.hi === undefined ? rough : bisected(runner, rough.lo, rough.hi, options);
}

async function grown(runner: TrialRunner, options: BracketOptions): Promise<Bracket> {
  const { start, ceiling, stride, agreeing, round } = options;
  let x = Math.min(round(start), ceiling);
  let lo: number | undefined;
  let hi: number | undefined;
  while (lo === undefined || hi === undefined) {
    const outcome = await outcomeOnTheWayUp(runner, x, agreeing);
    if (outcome === 'invalid' && lo !== undefined && hi === undefined) return { lo };
    if (outcome === 'invalid') throw new SearchStopped('invalid');
    if (outcome === 'fails') hi = x;
    else if (x >= ceiling) return { lo: x };
    else lo = x;
    if (lo !== undefined && hi !== undefined) break;
    const next = hi === undefined ? Math.min(round(stride * x), ceiling) : round(x / 2);
    if (next === x || next <= 0) throw new SearchStopped('nothing-passes');
    x = next;
  }
  return { lo, hi };
}

/** One pass is enough on the way up, as it is confirmed later; a fail must show twice in three, where two must agree. */
async function outcomeOnTheWayUp(
  runner: TrialRunner,
  x: number,
  agreeing: number,
): Promise<'passes' | 'fails' | 'invalid'> {
  const passes = async (): Promise<boolean> =>
    (await runner.run(x, { purpose: 'double', restart: false, long: false })).outcome.met;
  try {
    if (await passes()) return 'passes';
    for (let failed = 1; failed < agreeing; failed += 1) {
      if (await passes()) return (await passes()) ? 'passes' : 'fails';
    }
    return 'fails';
  } catch (error) {
    if (error instanceof SearchStopped && error.reason === 'invalid') return 'invalid';
    throw error;
  }
}

async function bisected(
  runner: TrialRunner,
  passed: number,
  failed: number,
  { precision, agreeing, round }: BracketOptions,
): Promise<Bracket> {
  let [lo, hi] = [passed, failed];
  while (hi / lo > precision) {
    const middle = round(Math.sqrt(lo * hi));
    if (middle <= lo || middle >= hi) break;
    if (await mostPass(runner, middle, agreeing)) lo = middle;
    else hi = middle;
  }
  return { lo, hi };
}

/** The first to come often enough, pass or fail. */
async function mostPass(runner: TrialRunner, x: number, agreeing: number): Promise<boolean> {
  let [passed, failed] = [0, 0];
  while (passed < agreeing && failed < agreeing) {
    const { outcome } = await runner.run(x, { purpose: 'bisect', restart: false, long: false });
    if (outcome.met) passed += 1;
    else failed += 1;
  }
  return passed === agreeing;
}
