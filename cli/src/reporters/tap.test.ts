import fc from 'fast-check';
import { type FinalResults, Parser, type Result } from 'tap-parser';
import { expect, test } from 'vitest';
import { failureThatTells, madeUpReport, madeUpResult } from '../../testing/made-up-report.ts';
import type { Report } from '../report.ts';
import { tapReport } from './tap.ts';

/** What a TAP parser reads; it is strict, so that what is no TAP fails. */
function read(report: Report): { readonly points: Result[]; readonly final: FinalResults } {
  const points: Result[] = [];
  let final: FinalResults | undefined;
  const parser = new Parser({ strict: true }, (results) => {
    final = results;
  });
  parser.on('assert', (point: Result) => points.push(point));
  parser.end(tapReport(report));
  if (!final) throw new Error('the parser came to no end');
  return { points, final };
}

test('each rule is a test point, with what was found behind it', () => {
  const { points, final } = read(
    madeUpReport([
      madeUpResult('http/kept'),
      failureThatTells('x'),
      madeUpResult('framing/skipped', { verdict: 'skip', message: 'give --publish URL' }),
      madeUpResult('framing/warned', { verdict: 'warn', message: 'not so good' }),
    ]),
  );
  expect(final).toMatchObject({ ok: false, count: 4, pass: 3, fail: 1, skip: 1 });
  expect(points.map(({ ok, name }) => [ok, name])).toEqual([
    [true, 'http/kept'],
    [false, 'framing/newline-in-data'],
    [true, 'framing/skipped'],
    [true, 'framing/warned'],
  ]);
  expect(points[1]?.diag).toMatchObject({
    message: 'x arrived as nothing',
    severity: 'fail',
    bytes: { offset: 106, lines: ['data: x\\n', '      ^'] },
    counterexample: 'x',
    reproduce: ["curl -siN 'http://localhost:3000/x'", 'ssert check http://localhost:3000/stream --seed 7'],
    seed: 7,
  });
  expect(points[2]?.skip).toBe('give --publish URL');
  expect(points[3]?.diag).toMatchObject({ severity: 'warn', message: 'not so good' });
});

test('a known failure is to be done', () => {
  const baseline = { known: ['framing/newline-in-data'], expired: [], passing: [] };
  const { points, final } = read(madeUpReport([failureThatTells('x')], { baseline }));
  expect(final.ok).toBe(true);
  expect(points[0]?.todo).toBe('known failure');
});

test('a run that broke off bails out', () => {
  const brokenOff = { why: 'target-lost' as const, message: 'the server\nwent away' };
  expect(read(madeUpReport([madeUpResult('http/kept')], { brokenOff })).final).toMatchObject({
    ok: false,
    bailout: 'the server went away',
  });
});

test('any text comes through as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const skipped = madeUpResult('framing/skipped', { verdict: 'skip', message: text });
      const { points, final } = read(madeUpReport([failureThatTells(text, { message: text }), skipped]));
      expect(final.failures.length).toBe(1);
      expect(final.count).toBe(2);
      expect(points[0]?.diag?.message).toBe(text);
    }),
  );
});
