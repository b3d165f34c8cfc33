import { describe, expect, test } from 'vitest';
import type { Case } from './cases.ts';
import { type RunRecord, report, surprisesOf } from './tally.ts';

const judge = (): never => {
  throw new Error('not judged here');
};
const cases: readonly Case[] = [
  { name: 'legal/http: is odd', expects: { kind: 'innocent', mayWarn: ['http/cors'] }, judge },
  { name: 'defects/http: is wrong', expects: { kind: 'defect', rule: 'http/cors', verdict: 'fail' }, judge },
];

function run(server: string, said: RunRecord['said'], more: Partial<RunRecord> = {}): RunRecord {
  const base = { effort: 'quick', turn: 1, seed: 7, durationMs: 10 } as const;
  return { server, said, harness: undefined, problem: undefined, ...base, ...more };
}

const kinds = (...runs: RunRecord[]) => surprisesOf(runs, cases).map(({ kind, message }) => `${kind}: ${message}`);

describe('an innocent server', () => {
  const server = 'legal/http: is odd';
  const accused = [{ id: 'http/head-answered', verdict: 'fail', message: 'no answer' }] as const;

  test('is accused where a rule fails', () => {
    expect(kinds(run(server, accused))).toEqual(['accusation: http/head-answered fail: no answer']);
  });

  test('is not accused by a warning that it may get', () => {
    expect(kinds(run(server, [{ id: 'http/cors', verdict: 'warn' }]))).toEqual([]);
  });

  test('may be left undecided', () => {
    expect(kinds(run(server, [{ id: 'http/cors', verdict: 'inconclusive' }]))).toEqual([]);
  });
});

describe('a defect', () => {
  const server = 'defects/http: is wrong';

  test('is found where its rule says so', () => {
    expect(kinds(run(server, [{ id: 'http/cors', verdict: 'fail' }]))).toEqual([]);
  });

  test('is missed where its rule says anything else', () => {
    expect(
      kinds(run(server, []), run(server, [{ id: 'http/cors', verdict: 'inconclusive', message: 'busy' }])),
    ).toEqual(['miss: http/cors pass or skip', 'miss: http/cors inconclusive: busy']);
  });
});

test('the report counts by group and names each surprise with its seed', () => {
  const text = report([run('defects/http: is wrong', [], { seed: 42 }), run('legal/http: is odd', [])], cases);
  expect(text).toMatch(/^defects\/http +1 +1 +0 +1 +0 +0 +0 ms +0%$/m);
  expect(text).toContain('MISS  defects/http: is wrong  (quick 1, seed 42)');
});
