import { describe, expect, test } from 'vitest';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import { evaluateSlo } from './evaluate-slo.ts';
import { comparisons, parseSlo, requireMeasurable } from './parse-slo.ts';
import { publishesNeeded } from './publishes-needed.ts';

const trial = madeUpTrial({ x: 1000 });

describe('an objective is read', () => {
  test('with its units: µs, bytes and shares', () => {
    const tree = parseSlo('p99(delivery) < 250ms && loss == 0 && connect.ok >= 99.9% && server.rss < 4GiB');
    expect(comparisons(tree)).toEqual([
      { kind: 'compare', metric: 'p99(delivery)', operator: '<', limit: 250_000, text: 'p99(delivery) < 250ms' },
      { kind: 'compare', metric: 'loss', operator: '==', limit: 0, text: 'loss == 0' },
      { kind: 'compare', metric: 'connect.ok', operator: '>=', limit: 0.999, text: 'connect.ok >= 99.9%' },
      { kind: 'compare', metric: 'server.rss', operator: '<', limit: 4 * 2 ** 30, text: 'server.rss < 4GiB' },
    ]);
    expect(tree.kind).toBe('and');
  });

  test('in its short form, which means delivery', () => {
    expect(parseSlo('p99<250ms')).toEqual(parseSlo('p99(delivery) < 250ms'));
    expect(parseSlo('max <= 2 s')).toMatchObject({ metric: 'max(delivery)', limit: 2e6 });
  });

  test('with && closer than ||, and brackets', () => {
    expect(parseSlo('loss == 0 || p50 < 1ms && p99 < 2ms')).toMatchObject({
      kind: 'or',
      terms: [{ metric: 'loss' }, { kind: 'and' }],
    });
    expect(parseSlo('(loss == 0 || p50 < 1ms) && p99 < 2ms')).toMatchObject({
      kind: 'and',
      terms: [{ kind: 'or' }, {}],
    });
  });

  test.each([
    ['', 'give p99(delivery)'],
    ['p99', 'give one of < <= > >= == at its end'],
    ['p99 < 250', 'give a time with its unit, such as 250ms, in place of "250" at column 7'],
    ['p99 < 250MB', 'a time with its unit, such as 250ms, in place of "250MB" at column 7'],
    ['p99 = 250ms', 'give == in place of "=" at column 5'],
    ['p99 < 250ms & loss == 0', 'give && in place of "&" at column 13'],
    ['p99 < 250ms, loss == 0', 'give && in place of "," at column 12'],
    ['p99 < 250ms loss == 0', 'give && or || and a further term, or nothing, in place of "loss" at column 13'],
    ['(p99 < 250ms', 'give a closing bracket at its end'],
    ['p99 != 1ms', 'give one of < <= > >= == in place of "!=" at column 5'],
    ['latency < 1ms', 'or one of loss loss.connected delivered'],
    ['p101(delivery) < 1ms', 'in place of "p101(delivery)" at column 1'],
    ['p99(nothing) < 1ms', 'a percentile of connect, ttfh'],
    ['connect.ok >= 999%', 'give a share of at most 100% in place of "999%" at column 15'],
    ['loss == 0 &&', 'give p99(delivery)'],
  ])('and %j is refused with the place and what to write', (expression, message) => {
    expect(() => parseSlo(expression)).toThrow(message);
  });
});

describe('what a run cannot measure is an error', () => {
  test.each([
    ['p99 < 1ms', 'opaque', 'without it nobody knows when an event was meant to come'],
    ['ttfh == 0 || loss == 0', 'opaque', ''],
    ['p99(publishAck) < 1s', 'paced', 'here the server publishes by itself'],
    ['server.rss < 1GiB', 'published', '--start or --pid'],
  ] as const)('%s of a server that is %s', (expression, mode, message) => {
    expect(() => requireMeasurable(parseSlo(expression), mode, { process: false })).toThrow(message);
  });

  test('and what it can is none', () => {
    const tree = parseSlo('p99(ttfh) < 1s && connect.ok == 100% && server.fds < 4000');
    expect(() => requireMeasurable(tree, 'opaque', { process: true })).not.toThrow();
  });
});

test.each([
  ['p99 < 1s', 1000],
  ['p50 < 1s && (p99.9 < 2s || p90 < 1s)', 10_000],
  ['p99.99(ttfh) < 1s && loss == 0 && max < 9s', 100],
])('%s needs %i publishes', (expression, publishes) => {
  expect(publishesNeeded(parseSlo(expression))).toBe(publishes);
});

describe('a trial is held against an objective', () => {
  const judge = (expression: string, one = trial) => evaluateSlo(parseSlo(expression), one);

  test('and the binding term is the most strained', () => {
    // p99 is 2 ms * exp(2.326 * 0.6), about 8 ms.
    expect(judge('p99 < 10ms && p50 < 1s')).toMatchObject({ met: true, binding: 'p99(delivery) < 10ms' });
    expect(judge('p99 < 10ms && p50 < 1ms')).toMatchObject({ met: false, binding: 'p50(delivery) < 1ms' });
    expect(judge('p99 < 1ms || p50 < 10ms')).toMatchObject({ met: true, binding: 'p50(delivery) < 10ms' });
    expect(judge('p99 < 10ms').strain).toBeCloseTo(0.81, 1);
  });

  test('percentiles are over what was expected: what never came is infinitely late', () => {
    const lossy = madeUpTrial({ x: 1000, loss: 0.011 });
    expect(judge('p99 < 1s', lossy)).toMatchObject({ met: false, strain: Number.POSITIVE_INFINITY });
    expect(judge('p98 < 1s', lossy).met).toBe(true);
    expect(judge('loss == 0', lossy).met).toBe(false);
    expect(judge('loss <= 2%', lossy)).toMatchObject({ met: true, strain: expect.closeTo(0.55, 2) });
  });

  test('what a client lacks because it was away is lost too, but not to who was connected', () => {
    const { counts } = trial;
    const away = { ...trial, counts: { ...counts, lost: 0, lostAcrossReconnect: Math.round(counts.expected / 100) } };
    expect(judge('loss == 0', away).met).toBe(false);
    expect(judge('loss <= 2%', away).strain).toBeCloseTo(0.5, 2);
    expect(judge('loss.connected == 0', away).met).toBe(true);
  });

  test('a floor on a share is strained by what is missing from the whole', () => {
    const half = madeUpTrial({ x: 1000 }, { connects: { attempted: 10_000, ok: 9_995, dropped: 0 } });
    expect(judge('connect.ok >= 99.9%', half).strain).toBeCloseTo(0.5, 6);
  });

  test('`<` is missed at the limit itself, and `<=` is not', () => {
    const one = madeUpTrial({ x: 1000 }, { connects: { attempted: 1000, ok: 1000, dropped: 10 } });
    expect(judge('connect.dropped < 1% && p50 < 4ms', one)).toMatchObject({
      met: false,
      binding: 'connect.dropped < 1%',
    });
    expect(judge('connect.dropped <= 1%', one).met).toBe(true);
  });

  test('an unstable one misses it, and so does one that has not measured it', () => {
    expect(judge('p99 < 1s', { ...trial, unstable: true })).toMatchObject({
      met: false,
      binding: expect.stringContaining('fell behind'),
    });
    expect(judge('server.rss < 1GiB', { ...trial, server: undefined as never }).met).toBe(false);
    const { met, binding } = judge('p99 < 1s && p99(gap) < 1s');
    expect({ met, binding }).toEqual({ met: false, binding: 'p99(gap) < 1s was not measured' });
  });
});
