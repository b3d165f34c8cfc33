import type { BenchResult } from '@ssert/bench';
import { describe, expect, test } from 'vitest';
import { madeUpBench } from '../../bench/testing/made-up-bench.ts';
import { benchExitCode } from './bench-exit-code.ts';

const { capacity: _, ...found } = madeUpBench();
const verdict = { validity: 'valid', reasons: [] } as const;
const search = (stop: NonNullable<BenchResult['search']>['stop'], changed: Partial<BenchResult> = {}): BenchResult => ({
  ...found,
  verdict,
  search: { axis: 'streams', stop },
  ...changed,
});

describe('a search without a capacity', () => {
  test.each([
    ['time', {}],
    ['trials', {}],
    ['interrupted', { interrupted: true as const }],
  ] as const)(
    'that ended by %s before anything passed has found nothing: 3, and no missed objective',
    (stop, changed) => {
      expect(benchExitCode(search(stop, changed))).toBe(3);
    },
  );

  test('whose least load does not pass has missed the objective: 1', () => {
    expect(benchExitCode(search('nothing-passes', { verdict: { ...verdict, slo: 'missed' } }))).toBe(1);
  });
});

test('a run without a search that is interrupted is 130', () => {
  expect(benchExitCode({ ...found, verdict, interrupted: true })).toBe(130);
});
