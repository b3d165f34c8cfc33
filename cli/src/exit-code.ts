import { type Expectations, failsRun, type RuleResult } from '@ssert/conformance';
import type { BrokenOff } from './report.ts';

export interface Outcome extends Expectations {
  readonly results: readonly Pick<RuleResult, 'id' | 'verdict' | 'because'>[];
  readonly brokenOff?: Pick<BrokenOff, 'why'> | undefined;
  /** Rules that a baseline excuses. */
  readonly known?: readonly string[];
  /** Rules that a baseline lists although they pass now. */
  readonly passing?: readonly string[];
  /** A report that was asked for could not be written. */
  readonly reportLost?: boolean;
}

/**
 * What a run's outcome is as an exit code. What was found about the server (1) stands before what befell the harness
 * (4) and the run (3, 130): a failure that was seen stays one, whatever came after it.
 *
 * - 1: a rule failed, or a known failure passes now
 * - 4: the harness broke, or a report could not be written
 * - 3: the run broke off, or no rule was judged
 * - 130: interrupted after some rules were judged and none failed
 * - 0: the run went to its end and nothing failed
 */
export function exitCode(outcome: Outcome): number {
  const { results, brokenOff, known = [], passing = [] } = outcome;
  const failed = results.some((result) => !known.includes(result.id) && failsRun(result, outcome));
  if (failed || passing.length > 0) return 1;
  if (outcome.reportLost || brokenOff?.why === 'harness' || results.some(({ verdict }) => verdict === 'error'))
    return 4;
  if (!judgedAny(results)) return 3;
  if (brokenOff) return brokenOff.why === 'interrupted' ? 130 : 3;
  return 0;
}

/** Whether at least one rule got a verdict about the server. */
export function judgedAny(results: readonly Pick<RuleResult, 'verdict'>[]): boolean {
  return results.some(({ verdict }) => ['pass', 'fail', 'warn', 'info'].includes(verdict));
}
