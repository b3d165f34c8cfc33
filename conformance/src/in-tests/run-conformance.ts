import { readFile } from 'node:fs/promises';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import { type Effort, efforts } from '../effort.ts';
import { type Expectations, failsRun } from '../expectations.ts';
import { explain } from '../explain.ts';
import { holdAgainst, type KnownFailure, parseBaseline } from '../known-failures.ts';
import type { RuleResult, RunEvent } from '../result.ts';
import { serverRules } from '../rules/index.ts';
import { type RunOptions, run } from '../run.ts';
import { type RuleSelection, selectRules } from '../select-rules.ts';
import type { TargetDefinition } from '../target.ts';

/** How a suite of tests judges a server; the flags of `ssert check` with the same names do the same. */
export interface ConformanceOptions
  extends RuleSelection,
    Expectations,
    Pick<RunOptions, 'jobs' | 'disruptive' | 'maxConnections' | 'timeoutMs' | 'signal'> {
  /** Default `quick`: fewer inputs, and idle streams are watched for 2.5 s only. */
  readonly effort?: Effort['name'];
  /** Repeats the choices of an earlier run. Default: a new one each time; a failure names it. */
  readonly seed?: number;
  /** Known failures: the file that `ssert check --baseline` reads, or its list. One that passes is a failure. */
  readonly baseline?: string | readonly KnownFailure[];
}

/** A rule that the server breaks, or a known failure that passes; the message says all that is known of it. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
}

/** A rule's result, and what a test of that rule makes of it. */
export interface ConformanceResult extends RuleResult {
  /** What the test throws; absent where the rule is kept, not judged, or a known failure. */
  readonly error?: ConformanceError;
  /** Why the test is skipped: the rule was not judged, or its failure is known. */
  readonly skipped?: string;
}

/**
 * Judges a server and gives each rule's result as soon as it is there, for any test runner:
 *
 *     for await (const { id, error, skipped } of runConformance(target)) {
 *       await t.test(id, { skip: skipped }, () => {
 *         if (error) throw error;
 *       });
 *     }
 *
 * @throws SettingError for a target or a selection that cannot be used, BaselineError for a list that cannot,
 *   ConformanceError where the run breaks off, after all that was judged until then
 */
export async function* runConformance(
  target: TargetDefinition,
  options: ConformanceOptions = {},
): AsyncGenerator<ConformanceResult, void> {
  const { effort = 'quick', seed = freshSeed(), baseline = [], ...rest } = options;
  const known = typeof baseline === 'string' ? await knownFailuresIn(baseline) : baseline;
  const today = new Date(systemClock.wallTime()).toISOString().slice(0, 10);
  let brokenOff: Extract<RunEvent, { kind: 'broken-off' }> | undefined;
  const rules = selectRules(serverRules, options);
  for await (const event of run(target, { ...rest, rules, clock: systemClock, seed, effort: efforts[effort] })) {
    if (event.kind === 'broken-off') brokenOff = event;
    if (event.kind !== 'result') continue;
    yield { ...event.result, ...asTest(event.result, known, options, today) };
  }
  if (brokenOff) throw new ConformanceError(brokenOff.message);
}

async function knownFailuresIn(file: string): Promise<KnownFailure[]> {
  const ids = serverRules.map(({ id }) => id);
  return parseBaseline(await readFile(file, 'utf8'), file, ids);
}

/**
 * What a test of one rule makes of its result.
 * @param today YYYY-MM-DD
 */
export function asTest(
  result: RuleResult,
  baseline: readonly KnownFailure[],
  expectations: Expectations,
  today: string,
): Pick<ConformanceResult, 'error' | 'skipped'> {
  const { id, verdict, message = 'no message' } = result;
  const standing = holdAgainst(baseline, [result], today);
  if (standing.known.includes(id)) {
    const reason = baseline.find(({ rule }) => rule === id)?.reason;
    return { skipped: `known failure (${reason}): ${message}` };
  }
  if (standing.passing.includes(id)) {
    const error = new ConformanceError(`a known failure passes now: take it off the list\n\n${explain(result)}`);
    return { error };
  }
  if (failsRun(result, expectations) || verdict === 'error') return { error: new ConformanceError(explain(result)) };
  return verdict === 'skip' || verdict === 'inconclusive' ? { skipped: `${verdict}: ${message}` } : {};
}
