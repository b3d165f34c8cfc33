import { failsRun, type RuleResult } from '@ssert/conformance';
import { judgedAny } from './exit-code.ts';
import type { Report } from './report.ts';

/**
 * What a result means for the run:
 * - `passed`: kept, or a warning or information that nobody asked to count
 * - `failed`: counts as a failure, by its verdict and by what the run expects
 * - `excused`: would, but the list of known failures excuses it
 * - `stale`: passes although the list says that it fails, which counts as a failure as well
 * - `unjudged`: skipped or inconclusive, and nobody asked to count it
 * - `broken`: the harness failed
 */
export type Standing = 'passed' | 'failed' | 'excused' | 'stale' | 'unjudged' | 'broken';

/** Agrees with the exit code: 0 means that nothing is `failed`, `stale` or `broken`, and that there is no `runTrouble`. */
export function standingOf(result: RuleResult, { baseline, expectations = {} }: Report): Standing {
  if (baseline?.passing.includes(result.id)) return 'stale';
  if (result.verdict === 'error') return 'broken';
  if (failsRun(result, expectations)) return baseline?.known.includes(result.id) ? 'excused' : 'failed';
  return result.verdict === 'skip' || result.verdict === 'inconclusive' ? 'unjudged' : 'passed';
}

/** What is wrong with the run as a whole, in one sentence: it broke off, or judged nothing. */
export function runTrouble({ brokenOff, results }: Report): string | undefined {
  if (brokenOff) return brokenOff.message;
  return judgedAny(results) ? undefined : 'no rule was judged';
}

/** What was found, with what the list of known failures says of it. */
export function saidOf(result: RuleResult, standing: Standing): string {
  const message = result.message ?? result.verdict;
  switch (standing) {
    case 'excused':
      return `known failure: ${message}`;
    case 'stale':
      return `is listed as a known failure and passes now (${message}): --update-baseline takes it off`;
    case 'failed':
    case 'passed':
    case 'unjudged':
    case 'broken':
      return message;
  }
}
