import type { RuleResult } from './result.ts';

/** What counts as a failure beside a broken MUST. */
export interface Expectations {
  /** Counts warnings as failures. Default false. */
  readonly strict?: boolean;
  /** Counts rules that were skipped for want of access as failures. Default false. */
  readonly requireAccess?: boolean;
  /** Counts inconclusive rules as failures. Default false. */
  readonly requireDecision?: boolean;
}

/** Whether a result fails the run, a baseline aside. An `error` is the harness's own fault, and so does not. */
export function failsRun(
  { verdict, because }: Pick<RuleResult, 'verdict' | 'because'>,
  { strict = false, requireAccess = false, requireDecision = false }: Expectations,
): boolean {
  switch (verdict) {
    case 'fail':
      return true;
    case 'warn':
      return strict;
    case 'inconclusive':
      return requireDecision;
    case 'skip':
      return requireAccess && because === 'access';
    case 'pass':
    case 'info':
    case 'error':
      return false;
  }
}
