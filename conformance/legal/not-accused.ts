import { expect } from 'vitest';
import { described, judge, plainTarget, type TargetChanges } from '../defects/judge-defect.ts';
import { type Behaviour, startPlainServer } from '../defects/plain-server.ts';

/** A server that does something unusual and keeps every MUST. */
export interface LegalVariant {
  /** What a reader of its source would say is odd. */
  readonly name: string;
  readonly behaviour: Partial<Behaviour>;
  readonly target?: TargetChanges;
  /** SHOULD rules that may warn about it. */
  readonly mayWarn?: readonly string[];
}

/** Runs the whole suite against a legal server: no MUST rule accuses it, and only the named SHOULD rules warn. */
export async function expectNotAccused(variant: LegalVariant): Promise<void> {
  const server = await startPlainServer(variant.behaviour);
  try {
    const results = await judge(plainTarget(server.url, variant.target));
    expect(described(results, 'fail', 'error')).toEqual({});
    const warned = described(results, 'warn');
    for (const allowed of variant.mayWarn ?? []) delete warned[allowed];
    expect(warned).toEqual({});
    expect(results.some(({ verdict }) => verdict === 'pass')).toBe(true);
  } finally {
    await server.close();
  }
}
