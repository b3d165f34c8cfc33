import type { Verdict } from '@ssert/conformance';
import { describe, expect, test } from 'vitest';
import { surprises } from '../conformance/matrix/surprises.ts';

const expected = { reference: [], app: ['framing/known'] };

function found(name: string, verdicts: Readonly<Record<string, Verdict>>, quick = true): string[] {
  const results = Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict, message: 'm' }));
  return surprises({ name, results }, expected, { quick, strict: name === 'reference' });
}

describe('the matrix of real servers is as expected', () => {
  test('where what failed is what is known', () => {
    expect(found('app', { 'framing/known': 'fail', 'framing/other': 'pass', 'http/warned': 'warn' })).toEqual([]);
  });

  test.each(['pass', 'inconclusive', 'skip', 'warn', 'info', 'error'] as const)(
    'and not where a known failure turns %s',
    (verdict) => {
      expect(found('app', { 'framing/known': verdict })).toEqual([
        expect.stringContaining(`app: framing/known ${verdict}`),
      ]);
    },
  );

  test('and not where a known failure was not judged', () => {
    expect(found('app', {})).toEqual([expect.stringContaining('framing/known was not judged')]);
  });

  test('and not where a failure is new', () => {
    expect(found('reference', { 'framing/other': 'fail' })).toEqual([expect.stringContaining('which is new')]);
  });

  test('and not where a rule was left undecided, but for those that a quick run gives no time', () => {
    expect(found('reference', { 'framing/other': 'inconclusive' })).toHaveLength(1);
    expect(found('reference', { 'delivery/idle-heartbeat': 'inconclusive' })).toEqual([]);
    expect(found('reference', { 'delivery/idle-heartbeat': 'inconclusive' }, false)).toHaveLength(1);
  });

  test('and not where the reference server is warned', () => {
    expect(found('reference', { 'http/warned': 'warn' })).toEqual([expect.stringContaining('http/warned warn')]);
  });

  test('and not where the run broke off', () => {
    expect(
      surprises({ name: 'reference', results: [], problem: 'it died' }, expected, { quick: true, strict: true }),
    ).toEqual(['reference: it died']);
  });
});
