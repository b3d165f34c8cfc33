import { describe, expect, test } from 'vitest';
import { madeUpBench } from '../testing/made-up-bench.ts';
import { madeUpTrial } from '../testing/made-up-trial.ts';
import { resultOf } from './bench-result-of.ts';
import type { BenchResult, StopReason, Trial } from './results/bench-result.ts';
import { scenarioNamed } from './scenarios/index.ts';
import { resolveLoad } from './settings.ts';
import { parseSlo } from './slo/parse-slo.ts';

const failed = madeUpTrial({ x: 500, loss: 0.01 });
const invalid: Trial = { ...failed, validity: 'invalid', reasons: ['steal'] };

/** What is told of a search that ended for this reason. */
function searched(stop: StopReason, trials: readonly Trial[], found: Pick<BenchResult, 'capacity'> = {}): BenchResult {
  const { host, target, tool, startedAt } = madeUpBench();
  const expr = 'loss == 0';
  const load = resolveLoad({ streams: 500 });
  return resultOf({
    options: {
      access: { request: { url: target.url, method: 'GET', headers: {} } },
      ...{ scenario: 'steady', load, slo: expr, axis: 'streams', tool },
      ...(stop === 'interrupted' ? { signal: AbortSignal.abort() } : {}),
    },
    ...{ load, scenario: scenarioNamed('steady'), target, host, slo: parseSlo(expr), trials, startedAt },
    search: { axis: 'streams', stop },
    ...found,
    durationMs: 0,
  });
}

describe('a search that found no load', () => {
  test.each(['time', 'trials', 'interrupted'] as const)(
    'as it had to end before one passed (%s) says nothing of the objective, and why it ended',
    (stop) => {
      const { verdict, search } = searched(stop, [failed]);
      expect(verdict).toEqual({ validity: 'valid', reasons: [] });
      expect(search).toEqual({ axis: 'streams', stop });
    },
  );

  test('as not even the least passes has missed the objective', () => {
    expect(searched('nothing-passes', [failed]).verdict.slo).toBe('missed');
  });

  test('as its trials were invalid is invalid', () => {
    const { verdict } = searched('invalid', [failed, invalid, invalid]);
    expect(verdict).toEqual({ validity: 'invalid', reasons: ['steal'] });
  });

  test('is not invalid because of a trial that was run again, unless there is no other', () => {
    expect(searched('time', [invalid, failed]).verdict.validity).toBe('valid');
    expect(searched('time', [invalid]).verdict.validity).toBe('invalid');
  });

  test('before its first trial says what kept it from that', () => {
    expect(searched('time', []).verdict.reasons).toEqual(['its time ended before anything was measured']);
    expect(searched('interrupted', []).verdict.reasons).toEqual(['it was interrupted before anything was measured']);
  });
});

test('a search that had to end behind a load that passed has met the objective', () => {
  const { capacity } = madeUpBench();
  expect(searched('time', [failed], capacity ? { capacity } : {}).verdict).toMatchObject({ slo: 'met' });
});
