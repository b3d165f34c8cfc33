import { SearchStopped, type TrialRunner } from './trial-runner.ts';

/** The highest load that passed and the lowest that failed; absent where none was found. */
export interface Bracket {
  readonly lo: number;
  readonly hi?: number;
}

export interface BracketOptions {
  readonly start: number;
  readonly precision: number;
  /** The highest load that the generator may be asked for. */
  readonly ceiling: number;
  /** To a load that can be run: whole streams. */
  round(x: number): number;
}

/**
 * Doubles the load until it fails, or halves it until it passes, then halves the rest in log space.
 * @throws SearchStopped also where nothing passes down to the smallest load
 */
export async function findBracket(runner: TrialRunner, options: BracketOptions): Promise<Bracket> {
  const rough = await doubled(runner, options);
  return rough.hi === undefined ? rough : bisected(runner, rough.lo, rough.hi, options);
}

async function doubled(runner: TrialRunner, { start, ceiling, round }: BracketOptions): Promise<Bracket> {
  let x = Math.min(round(start), ceiling);
  let lo: number | undefined;
  let hi: number | undefined;
  while (lo === undefined || hi === undefined) {
    if (await fails(runner, x)) hi = x;
    else if (x >= ceiling) return { lo: x };
    else lo = x;
    if (lo !== undefined && hi !== undefined) break;
    const next = hi === undefined ? Math.min(round(2 * x), ceiling) : round(x / 2);
    if (next === x || next <= 0) throw new SearchStopped('nothing-passes');
    x = next;
  }
  return { lo, hi };
}

/** One pass is enough on the way up, as it is confirmed later; a fail must show twice in three. */
async function fails(runner: TrialRunner, x: number): Promise<boolean> {
  const request = { purpose: 'double', restart: false, long: false } as const;
  for (let failed = 0; ; ) {
    const { outcome } = await runner.run(x, request);
    if (outcome.met) return failed > 0 ? !(await runner.run(x, request)).outcome.met : false;
    failed += 1;
    if (failed === 2) return true;
  }
}

async function bisected(
  runner: TrialRunner,
  passed: number,
  failed: number,
  { precision, round }: BracketOptions,
): Promise<Bracket> {
  let [lo, hi] = [passed, failed];
  while (hi / lo > precision) {
    const middle = round(Math.sqrt(lo * hi));
    if (middle <= lo || middle >= hi) break;
    if (await passesTwice(runner, middle)) lo = middle;
    else hi = middle;
  }
  return { lo, hi };
}

/** The first to come twice, pass or fail. */
async function passesTwice(runner: TrialRunner, x: number): Promise<boolean> {
  let [passed, failed] = [0, 0];
  while (passed < 2 && failed < 2) {
    const { outcome } = await runner.run(x, { purpose: 'bisect', restart: false, long: false });
    if (outcome.met) passed += 1;
    else failed += 1;
  }
  return passed === 2;
}
