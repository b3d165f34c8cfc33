import { seededRandom } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { madeUpBench, repeatedTrials } from '../../testing/made-up-bench.ts';
import type { TrialShape } from '../../testing/made-up-trial.ts';
import type { BenchResult, Capacity, Plan } from '../results/bench-result.ts';
import { compareResults } from './compare.ts';

const medians = [2000, 2040, 1980, 2010, 1990];

function run(
  factor = 1,
  { count = 5, ...shape }: Omit<Partial<TrialShape>, 'x'> & { count?: number } = {},
): BenchResult {
  const { capacity: _, ...bench } = madeUpBench({
    trials: repeatedTrials(
      medians.slice(0, count).map((median) => median * factor),
      shape,
    ),
  });
  return bench;
}

const compare = (a: BenchResult | BenchResult[], b: BenchResult | BenchResult[]) =>
  compareResults([a].flat(), [b].flat(), seededRandom(1));
const verdicts = (a: BenchResult, b: BenchResult) =>
  Object.fromEntries(compare(a, b).metrics.map(({ name, verdict }) => [name, verdict]));

describe('five trials against five', () => {
  test('that are alike are the same', () => {
    const { metrics, refusals, x, trials } = compare(run(), run(1.004));
    expect(refusals).toEqual([]);
    expect([x, trials]).toEqual([2000, [5, 5]]);
    expect(metrics.map(({ verdict }) => verdict)).toEqual(new Array(6).fill('same'));
  });

  test('tell a change beyond 5 %, either way, with its ratio', () => {
    expect(verdicts(run(), run(1.3))).toMatchObject({
      'p50(delivery)': 'worse',
      'p99(delivery)': 'worse',
      loss: 'same',
    });
    expect(verdicts(run(1.3), run())).toMatchObject({ 'p99(delivery)': 'better' });
    const [, p99] = compare(run(), run(1.3)).metrics;
    expect(p99?.ratio).toBeCloseTo(1.3, 1);
    expect(p99?.p).toBeCloseTo((6 * 2) / 252, 6);
  });

  test('tell no change of 3 %, however significant it is', () => {
    expect(verdicts(run(), run(1.03))['p50(delivery)']).not.toBe('worse');
  });

  test('tell loss, and memory', () => {
    expect(verdicts(run(), run(1, { loss: 0.002 })).loss).toBe('worse');
    expect(verdicts(run(1, { rssBytes: 90e6 }), run(1, { rssBytes: 70e6 }))['server.rssPerStream']).toBe('better');
  });

  test('tell where percentiles fall among what never came', () => {
    const [, p99] = compare(run(), run(1, { loss: 0.02 })).metrics;
    expect(p99).toMatchObject({ b: Number.POSITIVE_INFINITY, verdict: 'worse' });
  });
});

test('three against three cannot show anything, and that is said', () => {
  const { metrics, notes } = compare(run(1, { count: 3 }), run(2, { count: 3 }));
  expect(metrics[0]).toMatchObject({ name: 'p50(delivery)', verdict: 'cannot-conclude' });
  expect(notes[0]).toContain('3 against 3 trials cannot show a difference');
});

test('one against one is never the same but for its loss, which is counted, and has no interval', () => {
  const { metrics, notes } = compare(run(1, { count: 1 }), run(1.03, { count: 1 }));
  const [p50] = metrics;
  expect(p50).toMatchObject({ name: 'p50(delivery)', ratio: expect.closeTo(1.03, 1), verdict: 'cannot-conclude' });
  expect(metrics.filter(({ ci95 }) => ci95 !== undefined)).toEqual([]);
  expect(metrics.filter(({ verdict }) => verdict !== 'cannot-conclude').map(({ name }) => name)).toEqual(['loss']);
  expect(notes[0]).toContain('nor that there is none: run 5 or more of each');
});

test('runs in turns are pooled, and runs one behind the other are told', () => {
  const at = (hour: number, one: BenchResult) => ({
    ...one,
    durationMs: 3_000_000,
    startedAt: `2026-01-05T0${hour}:00:00Z`,
  });
  const inTurns = compare([at(1, run()), at(3, run())], [at(2, run(1.3)), at(4, run(1.3))]);
  expect(inTurns.trials).toEqual([10, 10]);
  expect(inTurns.notes).toEqual([]);
  expect(compare(at(1, run()), at(2, run())).notes[0]).toContain('followed one another');
});

describe('a run that measures something else first', () => {
  /** So many runs of two trials each: first one of another kind, then one that is what the run is about. */
  const runsOf = (firstUs: number, thenUs: number, changed: Partial<BenchResult>, count = 5): BenchResult[] =>
    medians.slice(0, count).map((median) => {
      const factors = [firstUs / 2000, thenUs / 2000];
      return { ...run(), ...changed, trials: repeatedTrials(factors.map((factor) => median * factor)) };
    });
  const planOf = (scenario: Plan['scenario']): Plan => ({ ...run().plan, scenario });
  const requests = { requests: 10, non2xx: 0, errors: 0 };
  const rest = { url: 'http://127.0.0.1/', connections: 1, alone: requests, beside: requests };

  test.each([
    ['slow, without slow readers', { plan: planOf('slow') }],
    ['soak, to warm up', { plan: planOf('soak') }],
    ['any, without the requests beside the streams', { rest } as unknown as Partial<BenchResult>],
  ] as const)('is compared without that: %s', (what, changed) => {
    const { trials, metrics, notes } = compare(runsOf(2000, 9000, changed), runsOf(9000, 2000, changed));
    expect(trials).toEqual([5, 5]);
    expect(metrics[0]).toMatchObject({ name: 'p50(delivery)', verdict: 'better' });
    const [, why] = what.split(', ');
    expect(notes).toContain(`what each run measured first, ${why}, is not compared`);
  });

  test('has nothing to compare where it ended behind that', () => {
    const whole = runsOf(2000, 2000, { plan: planOf('slow') });
    const first = whole.map((one) => ({ ...one, trials: one.trials.slice(0, 1) }));
    expect(compare(first, whole).refusals).toEqual([expect.stringMatching(/^no load has valid trials on both sides/)]);
  });

  test('does not where it is a search: all of its trials are compared', () => {
    const search = { axis: 'streams', stop: 'precision' } as const;
    const found = { ...run(), plan: planOf('slow'), search };
    expect(compare(found, found).trials).toEqual([5, 5]);
    expect(compare(found, found).notes.join()).not.toContain('measured first');
  });
});

describe('capacities of two searches', () => {
  const found = (lo: number, ci95: readonly [number, number], changed: Partial<Capacity> = {}): BenchResult => {
    const bench = madeUpBench();
    return { ...bench, trials: [], capacity: { ...(bench.capacity as Capacity), lo, ci95, ...changed } };
  };
  const a = found(7800, [7550, 8260]);

  test('are told apart where their intervals are, also without a load in common', () => {
    expect(compare(a, found(6000, [5800, 6300]))).toMatchObject({
      refusals: [],
      metrics: [],
      capacity: { a: 7800, b: 6000, verdict: 'worse' },
    });
    expect(compare(a, found(9000, [8700, 9400])).capacity?.verdict).toBe('better');
    expect(compare(a, found(8100, [7900, 8500])).capacity?.verdict).toBe('cannot-conclude');
  });

  test('but not where one was never confirmed, or where they differ by less than 5 %', () => {
    expect(compare(a, found(6000, [5800, 6300], { confirmed: false })).capacity?.verdict).toBe('cannot-conclude');
    expect(compare(found(7800, [7500, 7810]), found(7900, [7890, 7910])).capacity?.verdict).toBe('cannot-conclude');
  });

  test('are the same where their intervals lie within 5 % together', () => {
    expect(compare(found(7800, [7790, 7810]), found(7900, [7890, 7910])).capacity?.verdict).toBe('same');
    expect(compare(a, a).capacity?.verdict).toBe('cannot-conclude');
  });
});

describe('runs that drew another seed each', () => {
  /** The same plan with a seed of its own, as every run has that was given none. */
  const drawn = (seed: number, plan: Partial<Plan> = {}): BenchResult => {
    const one = run();
    const params = { ...one.plan.params, ...plan.params, seed };
    return { ...one, seed, plan: { ...one.plan, ...plan, params } };
  };

  test.each<[string, Partial<Plan>]>([
    ['evenly spaced publishes', {}],
    ['a storm', { scenario: 'storm' }],
    ['a herd without jitter', { scenario: 'herd', params: { jitter: 'none' } }],
    ['a trace, which is the same with every seed', { scenario: 'burst' }],
  ])('are compared where nothing is drawn from it: %s', (_, plan) => {
    const { refusals, metrics } = compare(drawn(7, plan), drawn(8, plan));
    expect(refusals).toEqual([]);
    expect(metrics).toHaveLength(6);
  });

  test.each<[string, Partial<Plan>, Partial<Plan>?]>([
    ['who leaves when is', { scenario: 'churn' }],
    ['who leaves when is', { scenario: 'soak' }],
    ['who reads slowly is', { scenario: 'slow' }],
    ['what the clients do is', { scenario: 'population' }],
    ['how long clients wait is', { scenario: 'herd', params: { jitter: 'full' } }],
    ['when clients connect, and what is published when, is', { params: { spacing: 'poisson' } }],
    ['what is published when is', { scenario: 'burst' }, { scenario: 'burst', scheduleSha256: 'x' }],
  ])('are refused where %s drawn from it, and told how to run both alike', (what, plan, other = plan) => {
    const { refusals } = compare(drawn(7, plan), drawn(8, other));
    expect(refusals).toContain(
      `the seed differs: 7 and 8, and ${what} drawn from it: give both runs the same --seed 7`,
    );
  });

  test('differ in their load alone where that is what makes the schedule another', () => {
    const longer = drawn(8, { params: { rate: 40 }, scheduleSha256: 'x' });
    const { refusals } = compare(drawn(7), longer);
    expect(refusals).toEqual([expect.stringMatching(/^the schedule differs/), "the plan's rate differs: 20 and 40"]);
  });
});

describe('a comparison is refused', () => {
  const base = run();
  test.each([
    ['invalid', { verdict: { validity: 'invalid', reasons: ['steal'] } }, 'made-up-1 is invalid: steal'],
    ['another scenario', { plan: { ...base.plan, scenario: 'churn' } }, 'the scenario differs: "steady" and "churn"'],
    [
      'other parameters',
      { plan: { ...base.plan, params: { ...base.plan.params, rate: 1 } } },
      "the plan's rate differs: 20 and 1",
    ],
    ['another schedule', { plan: { ...base.plan, scheduleSha256: 'x' } }, 'the schedule differs'],
    ['another mode', { target: { ...base.target, mode: 'paced' } }, 'who stamps the intended time differs'],
    ['TLS on one side', { target: { ...base.target, tls: true } }, 'TLS differs: false and true'],
    ['another machine', { host: { ...base.host, cpu: 'Other' } }, 'the CPU differs'],
    ['requests beside on one side', { rest: { connections: 3 } }, 'beside the streams differs: "none" and 3'],
    ['another kernel', { host: { ...base.host, kernel: '7.0' } }, 'the kernel differs'],
    ['no load in common', { trials: base.trials.map((trial) => ({ ...trial, x: 1 })) }, 'no load has valid trials'],
  ] as const)('for %s', (_, changed, message) => {
    const { refusals, metrics } = compare(base, { ...base, ...changed } as BenchResult);
    expect(refusals.join('\n')).toContain(message);
    expect(metrics).toEqual([]);
  });
});
