import { nearest } from './nearest.ts';
import type { RuleResult } from './result.ts';

/** A list of known failures cannot be used; the message names the file and the entry, and says what to give. */
export class BaselineError extends Error {
  override readonly name = 'BaselineError';
}

/** A failure that is known and accepted for now. */
export interface KnownFailure {
  readonly rule: string;
  /** Why it is accepted. */
  readonly reason: string;
  /** The last day on which it is, as YYYY-MM-DD in UTC; absent for no end. */
  readonly expires?: string;
}

/** How results stand against the list: rules by id. */
export interface BaselineOutcome {
  /** Listed and failing: excused. */
  readonly known: readonly string[];
  /** Listed and failing, but the excuse has run out. */
  readonly expired: readonly string[];
  /** Listed although they pass now: to be taken off. */
  readonly passing: readonly string[];
}

type Judged = Pick<RuleResult, 'id' | 'verdict' | 'message'>;

/**
 * Reads a list of known failures: `{"knownFailures": [{"rule", "reason", "expires"?}]}`.
 * @param file its name, for errors
 * @param ids every rule there is
 * @throws BaselineError that names the file and the entry at fault
 */
export function parseBaseline(text: string, file: string, ids: readonly string[]): KnownFailure[] {
  const wrong = (what: string): BaselineError => new BaselineError(`${file}: ${what}`);
  let document: { knownFailures?: unknown } | null;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not JSON (${(error as Error).message})`);
  }
  if (!Array.isArray(document?.knownFailures)) {
    throw wrong('holds no list; give {"knownFailures": [{"rule": ID, "reason": TEXT, "expires"?: "YYYY-MM-DD"}]}');
  }
  return document.knownFailures.map((entry: Partial<Record<keyof KnownFailure, unknown>>, at) => {
    const { rule, reason, expires } = entry ?? {};
    const place = `entry ${at + 1}`;
    if (typeof rule !== 'string') throw wrong(`${place} names no rule; give "rule": ID`);
    if (!ids.includes(rule)) {
      const meant = nearest(rule, ids).join(' or ');
      throw wrong(
        `${place}: there is no rule ${JSON.stringify(rule)}; ${meant ? `did you mean ${meant}?` : 'take it off'}`,
      );
    }
    if (typeof reason !== 'string' || reason.trim() === '')
      throw wrong(`${place}, ${rule}, has no reason; say in "reason" why it is accepted`);
    if (expires === undefined) return { rule, reason };
    if (typeof expires !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires))) {
      throw wrong(`${place}, ${rule}: "expires" is ${JSON.stringify(expires)}; give a day as YYYY-MM-DD`);
    }
    return { rule, reason, expires };
  });
}

/**
 * Sorts the listed rules by what became of them. What was not judged is in none of the lists.
 * @param today YYYY-MM-DD
 */
export function holdAgainst(
  baseline: readonly KnownFailure[],
  results: readonly Judged[],
  today: string,
): BaselineOutcome {
  const verdicts = new Map(results.map(({ id, verdict }) => [id, verdict]));
  const outcome = { known: [] as string[], expired: [] as string[], passing: [] as string[] };
  for (const { rule, expires } of baseline) {
    switch (verdicts.get(rule)) {
      case 'fail':
      case 'warn':
        (expires !== undefined && expires < today ? outcome.expired : outcome.known).push(rule);
        break;
      case 'pass':
      case 'info':
        outcome.passing.push(rule);
        break;
      default:
        break;
    }
  }
  return outcome;
}

/**
 * The list brought up to date: what passes now is taken off, new failures come on with what was seen as their reason.
 * Reasons and expiries that people wrote stay, an expired one included: to extend it is their decision.
 * @param strict takes warnings on as well
 */
export function updatedBaseline(
  baseline: readonly KnownFailure[],
  results: readonly Judged[],
  { strict, today }: { strict: boolean; today: string },
): KnownFailure[] {
  const { passing } = holdAgainst(baseline, results, today);
  const listed = new Set(baseline.map(({ rule }) => rule));
  const fresh = results
    .filter(({ id, verdict }) => !listed.has(id) && (verdict === 'fail' || (strict && verdict === 'warn')))
    .map(({ id, message }) => ({ rule: id, reason: `seen ${today}: ${message ?? 'no message'}` }));
  return [...baseline.filter(({ rule }) => !passing.includes(rule)), ...fresh].sort((a, b) =>
    a.rule < b.rule ? -1 : 1,
  );
}

/** The list as its file holds it. */
export function formatBaseline(knownFailures: readonly KnownFailure[]): string {
  return `${JSON.stringify({ knownFailures }, null, 2)}\n`;
}
