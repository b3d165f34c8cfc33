import type { RuleResult, Verdict } from '@ssert/conformance';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exitCode, type Outcome } from './exit-code.ts';

let count = 0;
const result = (verdict: Verdict, because?: 'access' | 'profile'): Outcome['results'][number] => {
  count += 1;
  return { id: `framing/rule-${count}`, verdict, ...(because ? { because } : {}) };
};

describe('the exit code', () => {
  test('nothing failed is 0, warnings and inconclusive rules included', () => {
    expect(exitCode({ results: [result('pass'), result('warn'), result('inconclusive'), result('skip')] })).toBe(0);
  });

  test('a failed rule is 1', () => {
    expect(exitCode({ results: [result('pass'), result('fail')] })).toBe(1);
  });

  test('a warning is 1 with --strict', () => {
    expect(exitCode({ results: [result('pass'), result('warn')], strict: true })).toBe(1);
  });

  test('a rule skipped for want of access is 1 with --require-access, one for another profile is not', () => {
    expect(exitCode({ results: [result('pass'), result('skip', 'access')], requireAccess: true })).toBe(1);
    expect(exitCode({ results: [result('pass'), result('skip', 'profile')], requireAccess: true })).toBe(0);
  });

  test('an inconclusive rule is 1 with --require-decision', () => {
    expect(exitCode({ results: [result('pass'), result('inconclusive')], requireDecision: true })).toBe(1);
    expect(exitCode({ results: [result('pass'), result('skip', 'profile')], requireDecision: true })).toBe(0);
  });

  test('a known failure is 0, and 1 once it passes', () => {
    const [known, passing] = [result('fail'), result('pass')];
    expect(exitCode({ results: [known, passing], known: [known.id] })).toBe(0);
    expect(exitCode({ results: [known, passing], known: [known.id], passing: [passing.id] })).toBe(1);
  });

  test('a known warning is 0 with --strict', () => {
    const known = result('warn');
    expect(exitCode({ results: [known], known: [known.id], strict: true })).toBe(0);
  });

  test('nothing judged is 3', () => {
    expect(exitCode({ results: [] })).toBe(3);
    expect(exitCode({ results: [result('skip', 'access'), result('inconclusive')] })).toBe(3);
  });

  test('a broken harness is 4', () => {
    expect(exitCode({ results: [result('pass'), result('error')] })).toBe(4);
    expect(exitCode({ results: [], brokenOff: { why: 'harness' } })).toBe(4);
  });

  test('a report that could not be written is 4, and a failure that was seen stays 1', () => {
    expect(exitCode({ results: [result('pass')], reportLost: true })).toBe(4);
    expect(exitCode({ results: [result('fail')], reportLost: true })).toBe(1);
  });

  test.each(['target-unreachable', 'target-lost', 'timeout'] as const)('a run broken off by %s is 3', (why) => {
    expect(exitCode({ results: [result('pass')], brokenOff: { why } })).toBe(3);
  });

  test('an interrupted run is 130 where something was judged and 3 where nothing was', () => {
    expect(exitCode({ results: [result('pass')], brokenOff: { why: 'interrupted' } })).toBe(130);
    expect(exitCode({ results: [], brokenOff: { why: 'interrupted' } })).toBe(3);
  });

  test('a failure stays 1, whatever else happened', () => {
    const verdict = fc.constantFrom<Verdict>('pass', 'fail', 'warn', 'info', 'skip', 'inconclusive', 'error');
    const why = fc.constantFrom(
      ...(['target-unreachable', 'target-lost', 'timeout', 'interrupted', 'harness'] as const),
    );
    fc.assert(
      fc.property(fc.array(verdict), fc.option(why, { nil: undefined }), fc.boolean(), (verdicts, broken, strict) => {
        const results = [...verdicts, 'fail' as const].map((one) => result(one));
        expect(exitCode({ results, strict, brokenOff: broken && { why: broken } })).toBe(1);
      }),
    );
  });

  test('0 needs something judged, nothing failed and the run at its end', () => {
    const verdict = fc.constantFrom<Verdict>('pass', 'fail', 'warn', 'info', 'skip', 'inconclusive', 'error');
    fc.assert(
      fc.property(fc.array(verdict), (verdicts) => {
        const results: Pick<RuleResult, 'id' | 'verdict'>[] = verdicts.map((one) => result(one));
        const good =
          !verdicts.includes('fail') &&
          !verdicts.includes('error') &&
          verdicts.some((one) => one === 'pass' || one === 'warn' || one === 'info');
        expect(exitCode({ results }) === 0).toBe(good);
      }),
    );
  });
});
