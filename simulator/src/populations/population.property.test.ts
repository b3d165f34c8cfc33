import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveFaults } from '../network/settings.ts';
import type { ClientPlan } from './client-plan.ts';
import type { Lifetime } from './lifetimes.ts';
import { type PopulationSettings, population } from './population.ts';
import { readPopulation } from './read-population.ts';
import { populations } from './scenarios.ts';

const durationMs = 60_000;
const weight = fc.nat(5);
const lifetime = fc.oneof<fc.Arbitrary<Lifetime>[]>(
  fc.constant({ law: 'endless' }),
  fc.record({ law: fc.constant('exponential'), meanMs: fc.integer({ min: 1000, max: 100_000 }) }),
  fc.record({
    law: fc.constant('lognormal'),
    medianMs: fc.integer({ min: 1000, max: 100_000 }),
    sigma: fc.double({ min: 0, max: 1.5, noNaN: true }),
  }),
);
const mix = fc.record({
  fast: fc.integer({ min: 1, max: 5 }),
  slow: weight,
  mobile: weight,
  flaky: weight,
  stalled: weight,
});
const outage = fc.record({
  atMs: fc.nat(durationMs),
  lengthMs: fc.nat(20_000),
  retryMs: fc.integer({ min: 100, max: 5000 }),
  jitter: fc.constantFrom('none' as const, 'full' as const),
});
const settings: fc.Arbitrary<PopulationSettings> = fc.record(
  {
    clients: fc.integer({ min: 1, max: 15 }),
    durationMs: fc.constant(durationMs),
    rampMs: fc.nat(durationMs - 1),
    lifetime,
    mix,
    leaving: fc.record({ fin: fc.integer({ min: 1, max: 5 }), rst: weight, 'abort-in-head': weight }),
    resuming: fc.double({ min: 0, max: 1, noNaN: true }),
    outage,
  },
  { requiredKeys: ['clients', 'durationMs'] },
);
const seed = fc.integer();

/** Clients that are there at a moment, whether or not they are connected. */
const present = (plans: readonly ClientPlan[], atMs: number): ClientPlan[] =>
  plans.filter(({ joinAtMs, leaveAtMs }) => joinAtMs <= atMs && atMs < leaveAtMs);

test('whatever the population, its plans can be played', () => {
  fc.assert(
    fc.property(settings, seed, (given, seed) => {
      const plans = population(given, seed);
      if (plans.length > 0) expect(readPopulation(JSON.parse(JSON.stringify(plans)))).toEqual(plans);
      expect(plans.every(({ joinAtMs }, at) => joinAtMs >= (plans[at - 1]?.joinAtMs ?? 0) || given.outage)).toBe(true);
      for (const { joinAtMs, leaveAtMs, leaves, reading, losses, faults } of plans) {
        expect(joinAtMs).toBeLessThanOrEqual(leaveAtMs);
        expect(leaveAtMs).toBeLessThanOrEqual(durationMs);
        expect(leaves === 'stays').toBe(leaveAtMs === durationMs && leaves !== 'abort-in-head');
        expect(reading[0]?.atMs).toBe(joinAtMs);
        expect(reading.every(({ atMs }) => atMs >= joinAtMs && atMs <= leaveAtMs)).toBe(true);
        let freeMs = joinAtMs;
        for (const { atMs, backAtMs } of losses) {
          expect(atMs).toBeGreaterThanOrEqual(freeMs);
          expect(backAtMs).toBeGreaterThanOrEqual(atMs);
          freeMs = backAtMs;
        }
        expect(() => resolveFaults(faults)).not.toThrow();
      }
    }),
  );
});

test('the same seed gives the same plans, and they survive JSON', () => {
  fc.assert(
    fc.property(settings, seed, (given, seed) => {
      const plans = population(given, seed);
      expect(population(given, seed)).toEqual(plans);
      expect(JSON.parse(JSON.stringify(plans))).toEqual(plans);
    }),
  );
});

test('without an outage or an abort as many clients are there as were asked for, at every moment', () => {
  fc.assert(
    fc.property(settings, seed, fc.double({ min: 0, max: 0.999, noNaN: true }), (given, seed, share) => {
      const { outage: _, leaving: __, ...steady } = given;
      const { rampMs = 0 } = steady;
      const plans = population(steady, seed);
      expect(present(plans, rampMs + (durationMs - rampMs) * share)).toHaveLength(given.clients);
    }),
  );
});

test('another mix leaves joins and lives alone', () => {
  fc.assert(
    fc.property(settings, mix, seed, (given, other, seed) => {
      const lives = (all: readonly ClientPlan[]) => all.map(({ joinAtMs, leaveAtMs }) => [joinAtMs, leaveAtMs]);
      expect(lives(population({ ...given, mix: other }, seed))).toEqual(lives(population(given, seed)));
    }),
  );
});

describe('churn', () => {
  const plans = population({ ...populations.churn, clients: 200, durationMs: 200_000 }, 7);

  test('brings as many clients as places and lives ask for', () => {
    // 200 places, 200 s, lives of 20 s: 2,000 come after the first ones.
    expect(plans.length).toBeGreaterThan(2000);
    expect(plans.length).toBeLessThan(2400);
  });

  test('leaves in its ways, as often as their weights say', () => {
    const left = plans.filter(({ leaves }) => leaves !== 'stays');
    const share = (how: string): number => left.filter(({ leaves }) => leaves === how).length / left.length;
    expect(share('fin')).toBeCloseTo(0.6, 1);
    expect(share('rst')).toBeCloseTo(0.3, 1);
    expect(share('abort-in-head')).toBeCloseTo(0.1, 1);
  });

  test('begins steady: as many leave in the first seconds as in later ones', () => {
    const leaving = (fromMs: number): number =>
      plans.filter(({ leaveAtMs }) => leaveAtMs >= fromMs && leaveAtMs < fromMs + 20_000).length;
    expect(leaving(0) / leaving(100_000)).toBeGreaterThan(0.7);
    expect(leaving(0) / leaving(100_000)).toBeLessThan(1.4);
  });
});

describe('herd', () => {
  const herd = (jitter: 'none' | 'full'): readonly number[] => {
    const outage = { atMs: 10_000, lengthMs: 5000, retryMs: 3000, jitter };
    const plans = population({ clients: 500, durationMs, outage }, 7);
    return plans.map(({ losses }) => losses[0]?.backAtMs ?? 0);
  };

  test('comes back in one moment where nobody draws the wait', () => {
    expect(new Set(herd('none'))).toEqual(new Set([16_000]));
  });

  test('spreads over the wait where everybody does', () => {
    const back = herd('full').toSorted((a, b) => a - b);
    expect(back[0]).toBeGreaterThanOrEqual(15_000);
    expect(back.at(-1)).toBeLessThanOrEqual(18_000);
    expect((back[250] ?? 0) - (back[0] ?? 0)).toBeGreaterThan(500);
  });
});

test('a stalled client stops reading for good, a slow one never reads much', () => {
  const of = (kind: 'stalled' | 'slow') => population({ clients: 50, durationMs, mix: { [kind]: 1 } }, 7);
  expect(of('stalled').every(({ reading }) => reading.at(-1)?.bytesPerS === 0)).toBe(true);
  const rates = of('slow').map(({ reading }) => Number(reading[0]?.bytesPerS));
  expect(rates.every((rate) => rate >= 1024 && rate <= 8192)).toBe(true);
  expect(new Set(rates).size).toBeGreaterThan(10);
});

test('a mobile client sleeps and changes its network, and the server is told of neither', () => {
  const losses = population({ clients: 50, durationMs: 3_600_000, mix: { mobile: 1 } }, 7).flatMap((one) => one.losses);
  expect(new Set(losses.map(({ by }) => by))).toEqual(new Set(['silence']));
  expect(new Set(losses.map(({ why }) => why))).toEqual(new Set(['sleep', 'network-change']));
});

test.each<[Partial<PopulationSettings>, RegExp]>([
  [{ clients: 0 }, /^clients is 0; give a whole number from 1 up/],
  [{ durationMs: Number.POSITIVE_INFINITY }, /^durationMs is Infinity/],
  [{ rampMs: durationMs }, /^rampMs is 60000; give a number from 0 to below durationMs \(60000\)/],
  [{ mix: { fast: 0 } }, /^mix is .*; give weights from 0 up/],
  [{ resuming: 2 }, /^resuming is 2/],
  [{ lifetime: { law: 'exponential', meanMs: 0 } }, /^lifetime is .*; give a mean above 0/],
])('a setting that cannot be used is named: %j', (given, message) => {
  expect(() => population({ clients: 1, durationMs, ...given }, 1)).toThrow(message);
});
