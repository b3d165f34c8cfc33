import { seededRandom } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import type { BenchResult, Capacity } from '../results/bench-result.ts';
import { modelled, usualProjections } from './modelled.ts';
import { uslCapacity } from './usl-fit.ts';

const bench = madeUpBench();

/** What a search on so many nodes found. */
function on(nodes: number, changed: Partial<Capacity> = {}): BenchResult {
  const lo = Math.round(uslCapacity({ gamma: 7800, alpha: 0.00001, beta: 0 }, nodes));
  const capacity = { ...(bench.capacity as Capacity), lo, hi: lo + 1, ...changed };
  return { ...bench, id: `on-${nodes}`, target: { ...bench.target, nodes }, capacity };
}

const model = (scaling: readonly BenchResult[], result = bench) =>
  modelled(result, { scaling, streams: usualProjections, restarted: true, random: seededRandom(1) });

describe('the result of a search', () => {
  test('says where its trials were of one server that was never started anew', () => {
    const told = modelled(bench, { scaling: [], streams: [], restarted: false, random: seededRandom(1) });
    expect(told.model?.refusals[0]).toMatch(/^whether trials told of each other is not known: .*--start COMMAND/);
    expect(model([]).model?.refusals.join()).not.toContain('started anew');
  });

  test('with those on five further numbers of nodes is projected to a million and to ten million streams', () => {
    const { projection, model: found } = model([2, 4, 8, 16, 32].map((n) => on(n)));
    expect(projection?.map(({ target }) => target)).toEqual([
      { streams: 1e6, publishesPerS: 20 },
      { streams: 1e7, publishesPerS: 20 },
    ]);
    expect(projection?.[0]?.nodes[0]).toBe(Math.ceil(1e6 / (7800 * 0.7)));
    expect(found?.refusals.join()).not.toContain('not projected');
  });

  test('alone is not, and what is missing for it is said once', () => {
    const { projection, model: found } = model([]);
    expect(projection).toBeUndefined();
    const missing = found?.refusals.filter((refusal) => refusal.includes('how it scales')) ?? [];
    expect(missing).toEqual([
      expect.stringMatching(
        /^not projected to 1000000 or 10000000 streams: how it scales .* at 1 of at least 6 .*--nodes N.*--scaling/,
      ),
    ]);
  });

  test.each([
    ['is not confirmed', { confirmed: false }, /nodes \(on-8\) was not confirmed/],
    [
      'was limited by the generator',
      { limitedBy: 'generator' as const },
      /nodes \(on-8\) was limited by the generator/,
    ],
  ])('leaves out one that %s, and says so', (_, changed, message) => {
    const { projection, model: found } = model([on(2), on(4), on(8, changed), on(16), on(32)]);
    expect(projection).toBeUndefined();
    expect(found?.refusals.join('\n')).toMatch(message);
  });

  test('leaves out one of another rate', () => {
    const other = on(8);
    const plan = { ...other.plan, params: { ...other.plan.params, rate: 5 } };
    expect(model([{ ...other, plan }]).model?.refusals.join('\n')).toContain('(on-8) differs in rate from this one');
  });

  test('is not projected where the generator was the limit', () => {
    const limited = {
      ...bench,
      capacity: { ...(bench.capacity as Capacity), limitedBy: 'generator', hi: null } as const,
    };
    expect(model([], limited).model?.refusals.join('\n')).toContain('the generator, not the server, was the limit');
  });

  test.each([
    ['storm', 0],
    // What the trials have had: the plan's rate is nobody's.
    ['burst', 20],
  ] as const)('of %s does not take the rate of its plan for what was published', (scenario, publishesPerS) => {
    const trials = bench.trials.map((trial) =>
      scenario === 'storm' ? { ...trial, counts: { ...trial.counts, expected: 0, publishes: 0 } } : trial,
    );
    const played = (n: number) => ({
      ...on(n),
      trials,
      plan: { ...bench.plan, scenario, params: { ...bench.plan.params, rate: 10 } },
    });
    const { projection } = model(
      [2, 4, 8, 16, 32].map((n) => played(n)),
      { ...bench, trials, plan: played(1).plan },
    );
    expect(projection?.[0]?.target).toEqual({ streams: 1e6, publishesPerS });
  });

  test('says again, of a result that is there, that its server was never started anew', () => {
    const told = modelled(bench, { scaling: [], streams: [], restarted: false, random: seededRandom(1) });
    const again = modelled(told, { scaling: [], streams: [], random: seededRandom(1) });
    expect(again.model?.refusals).toEqual(told.model?.refusals);
  });

  test('of several nodes counts for each of them', () => {
    const trials = bench.trials.map((trial) => ({ ...trial, x: 4 * trial.x }));
    const four = { ...on(4, { ci95: [30_000, 32_000] }), trials };
    const others = [1, 2, 8, 16, 32].map((n) => on(n));
    expect(model(others, four).projection?.[0]?.nodes[0]).toBe(Math.ceil(1e6 / ((four.capacity?.lo ?? 0) / 4) / 0.7));
  });
});
