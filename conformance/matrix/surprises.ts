import type { RuleResult } from '@ssert/conformance';
import type { Expected } from './expected.ts';

/** Rules that cannot be decided on a server or client, or not each time, with the reason; `*` stands for every rule. */
export type Undecided = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a run told about one server. */
export interface Judged {
  readonly name: string;
  readonly results: readonly Pick<RuleResult, 'id' | 'verdict' | 'message'>[];
  /** Why there are no results, or not all. */
  readonly problem?: string;
}

/** Rules that watch a stream or a client for longer than a quick run does. */
const waitingRules: readonly string[] = [
  'delivery/idle-heartbeat',
  'delivery/heartbeat-is-comment',
  'delivery/healthy-stream-lives',
  'delivery/no-deaf-stream',
  'backpressure/stalled-reader-decided',
  'cleanup/silent-peer-noticed',
  'compression/heartbeat-flushed',
  'limits/idle-thirty-seconds',
  'limits/slow-head',
];

/**
 * Where what was found is not what is known, a sentence each: a failure that is new, a known one that is gone, and
 * whatever was not decided.
 */
export function surprises(
  { name, results, problem }: Judged,
  expected: Expected,
  options: {
    readonly quick: boolean;
    /** Not even a warning is accepted. */
    readonly strict: boolean;
    readonly undecided?: Undecided;
  },
): string[] {
  const known = expected[name] ?? [];
  const reasons = options.undecided?.[name] ?? {};
  const isListed = (id: string): boolean => (reasons[id] ?? reasons['*']) !== undefined;
  const mayBeOpen = (id: string): boolean => (options.quick && waitingRules.includes(id)) || isListed(id);
  const ofResults = results.flatMap(({ id, verdict, message }) => {
    const said = `${name}: ${id} ${verdict}: ${message}`;
    switch (verdict) {
      case 'fail':
        return known.includes(id) ? [] : [`${said} (which is new)`];
      case 'error':
        return [said];
      case 'inconclusive':
        return mayBeOpen(id) ? [] : [said];
      case 'warn':
        if (options.strict) return [said];
        break;
      default:
    }
    return known.includes(id) && !isListed(id) ? [`${said} (which failed before)`] : [];
  });
  const missing = known.filter((id) => !results.some((result) => result.id === id));
  return [
    ...(problem === undefined ? [] : [`${name}: ${problem}`]),
    ...ofResults,
    ...missing.map((id) => `${name}: ${id} was not judged, and failed before`),
  ];
}

/**
 * Whether what was found is not what is known, and a busy machine alone may be why: something was not decided, or a
 * known failure was not seen. A new failure is not: an accusation that does not come again is a fault of the rule.
 */
export function mayBeChance(
  judged: Judged,
  expected: Expected,
  options: { readonly quick: boolean; readonly undecided?: Undecided },
): boolean {
  const known = expected[judged.name] ?? [];
  const accused = judged.results.some(({ id, verdict }) => verdict === 'fail' && !known.includes(id));
  return !accused && surprises(judged, expected, { ...options, strict: false }).length > 0;
}
