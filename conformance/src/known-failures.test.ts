import { describe, expect, test } from 'vitest';
import { formatBaseline, holdAgainst, parseBaseline, updatedBaseline } from './known-failures.ts';

const ids = ['framing/newline-in-data', 'framing/line-endings', 'http/cache-control'];
const today = '2026-03-31';
const parse = (document: unknown) => parseBaseline(JSON.stringify(document), 'known.json', ids);

describe('a list of known failures', () => {
  test('is read as it was written', () => {
    const known = [
      { rule: 'framing/line-endings', reason: 'old proxy', expires: '2026-12-31' },
      { rule: 'http/cache-control', reason: 'ticket 12' },
    ];
    expect(parseBaseline(formatBaseline(known), 'known.json', ids)).toEqual(known);
  });

  test.each([
    ['{', /known\.json: is not JSON/],
    ['[]', /holds no list/],
    ['null', /holds no list/],
    ['{"knownFailures": [{"reason": "x"}]}', /entry 1 names no rule/],
    ['{"knownFailures": [{"rule": "framing/line-ending", "reason": "x"}]}', /did you mean framing\/line-endings\?/],
    ['{"knownFailures": [{"rule": "framing/line-endings"}]}', /has no reason/],
    ['{"knownFailures": [{"rule": "framing/line-endings", "reason": "x", "expires": "soon"}]}', /give a day/],
    ['{"knownFailures": [{"rule": "framing/line-endings", "reason": "x", "expires": "2026-02-31x"}]}', /give a day/],
  ])('that cannot be used is an error that names the entry: %s', (text, message) => {
    expect(() => parseBaseline(text, 'known.json', ids)).toThrow(message);
  });

  test('excuses what fails, until the last day has passed', () => {
    const results = [{ id: 'framing/line-endings', verdict: 'warn' as const }];
    const entry = { rule: 'framing/line-endings', reason: 'old proxy' };
    expect(holdAgainst(parse({ knownFailures: [entry] }), results, today).known).toEqual([entry.rule]);
    expect(holdAgainst([{ ...entry, expires: today }], results, today).known).toEqual([entry.rule]);
    expect(holdAgainst([{ ...entry, expires: '2026-03-30' }], results, today)).toEqual({
      known: [],
      expired: [entry.rule],
      passing: [],
    });
  });

  test('tells what passes now, and leaves open what was not judged', () => {
    const baseline = ids.map((rule) => ({ rule, reason: 'known' }));
    const results = [
      { id: 'framing/newline-in-data', verdict: 'pass' as const },
      { id: 'framing/line-endings', verdict: 'skip' as const },
    ];
    expect(holdAgainst(baseline, results, today)).toEqual({
      known: [],
      expired: [],
      passing: ['framing/newline-in-data'],
    });
  });

  test('is brought up to date: passing rules go, new failures come, what people wrote stays', () => {
    const baseline = [
      { rule: 'framing/line-endings', reason: 'old proxy', expires: '2026-01-01' },
      { rule: 'http/cache-control', reason: 'ticket 12' },
    ];
    const results = [
      { id: 'framing/line-endings', verdict: 'warn' as const, message: 'CRLF' },
      { id: 'http/cache-control', verdict: 'pass' as const, message: 'no-store' },
      { id: 'framing/newline-in-data', verdict: 'fail' as const, message: '"a\\nb" arrived as "a"' },
    ];
    expect(updatedBaseline(baseline, results, { strict: false, today })).toEqual([
      baseline[0],
      { rule: 'framing/newline-in-data', reason: 'seen 2026-03-31: "a\\nb" arrived as "a"' },
    ]);
  });

  test('takes warnings on only with --strict', () => {
    const results = [{ id: 'framing/line-endings', verdict: 'warn' as const, message: 'CRLF' }];
    expect(updatedBaseline([], results, { strict: false, today })).toEqual([]);
    expect(updatedBaseline([], results, { strict: true, today })).toHaveLength(1);
  });
});
