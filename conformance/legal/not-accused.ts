import type { GivenFaults } from '@ssert/simulator';
import { expect } from 'vitest';
import { described, judgePlainServer, type TargetChanges } from '../defects/judge-defect.ts';
import type { Http2Behaviour } from '../defects/plain-http2-server.ts';
import type { Behaviour } from '../defects/plain-server.ts';
import { expectNoneAccused } from '../defects/wrongly-accused.ts';
import type { Area, RuleResult } from '../src/index.ts';

/** A server that does something unusual and keeps every MUST. */
export interface LegalVariant {
  /** What a reader of its source would say is odd. */
  readonly name: string;
  readonly behaviour: Partial<Behaviour>;
  /** How it speaks HTTP/2, where it does. */
  readonly http2?: Partial<Http2Behaviour>;
  readonly target?: TargetChanges;
  /** What the network in front of it does. */
  readonly network?: GivenFaults;
  /** SHOULD rules that may warn about it. */
  readonly mayWarn?: readonly string[];
  /** Rules that must not shrug. */
  readonly passes?: readonly string[];
}

/**
 * Makes the test of a legal server: no MUST rule of these areas, nor one that looks on, accuses it, and only the named
 * SHOULD rules warn. Every rule is asked where the environment says `SSERT_WHOLE_SUITE=1`, and by `npm run check:stability`.
 */
export function notAccusedIn(...areas: readonly Area[]): (variant: LegalVariant) => Promise<void> {
  return async (variant) => {
    const results = await judgePlainServer(variant, areas);
    const mayWarn = ({ id, verdict }: RuleResult): boolean => verdict === 'warn' && !!variant.mayWarn?.includes(id);
    const judged = results.filter((result) => !mayWarn(result));
    expectNoneAccused(described(judged, 'fail', 'warn', 'error'));
    expect(results.some(({ verdict }) => verdict === 'pass')).toBe(true);
    const passed = results.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id);
    expect(passed).toEqual(expect.arrayContaining([...(variant.passes ?? [])]));
  };
}
