import { describe, expect, test } from 'vitest';
import { codeCompletion, gatedArrivals } from '../arrivals/gated.ts';
import { mmppArrivals, poissonArrivals, renewalArrivals } from '../arrivals/processes.ts';
import { type Course, until, warped } from '../arrivals/shaping.ts';
import { weibull } from '../chance/distributions.ts';
import { layerRandom } from '../chance/layers.ts';
import type { ArrivalModel } from '../profiles/profile.ts';
import { gapsOf } from '../statistics/describe.ts';
import { arrivalGoals, isMissed, measure, reachedBy } from '../statistics/goals.ts';
import { clockPeriodOf, clocksFor } from './clock.ts';
import { courseOf, straightened } from './course.ts';
import { fit, Yardstick } from './fit.ts';
import { gatedModelOf, isLasting, lasting } from './gated-fit.ts';
import { gammaOf, weibullOf } from './maximum-likelihood.ts';
import { resolutionOf, roundedDown, spread } from './resolution.ts';
import { spellsOf } from './spells.ts';

const hour = [...until(gatedArrivals(codeCompletion, 4), 3600)];
const missedBy = (model: ArrivalModel, times: readonly number[]): string[] =>
  new Yardstick(times)
    .judge({ arrivals: model }, [1, 2, 3, 4, 5, 6, 7, 8])
    .filter(isMissed)
    .map(({ goal }) => goal.name);

describe('a fit', () => {
  test('of a Poisson process is one that has its dispersion', () => {
    const { best } = fit([...until(poissonArrivals(2, 5), 1200)]);
    expect(best.reached.filter(isMissed)).toEqual([]);
    const idc = best.reached.find(({ goal }) => goal.name === 'IDC 1 s');
    expect(Math.abs(idc?.error ?? 1)).toBeLessThan(0.1);
  });

  test('of what switches on and off reaches every goal, as Poisson does not', () => {
    const moves = [
      [0, 0.12],
      [0.05, 0],
    ];
    const { best, candidates } = fit([...until(mmppArrivals({ ratesPerS: [8, 0], moves }, 3), 1500)]);
    expect(best.reached.filter(isMissed).map(({ goal }) => goal.name)).toEqual([]);
    const poisson = candidates.find(({ name }) => name === 'Poisson');
    expect(poisson?.reached.filter(isMissed).length).toBeGreaterThan(8);
  });

  test('of what is more regular than chance is a renewal process', () => {
    const { best } = fit([...until(renewalArrivals({ law: 'gamma', shape: 8, scaleS: 0.05 }, 3), 900)]);
    expect(best.model.arrivals).toMatchObject({ process: 'renewal' });
  });
});

describe('the gated model', () => {
  test('comes back from what it made: gate, counts, wandering and clock', () => {
    const model = gatedModelOf(hour, 0.1, true);
    const [clock] = clocksFor(hour, clockPeriodOf(hour, 0) ?? 0);
    expect(model && clock && missedBy({ process: 'gated', ...model, clock }, hour)).toEqual([]);
  });

  test('gets a lasting part that takes its share from the others', () => {
    const model = lasting(codeCompletion, 0.1);
    expect(model.wander.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect([codeCompletion, model].map(isLasting)).toEqual([false, true]);
  });

  test('has no gate where traffic never stops', () => {
    const steady = [...until(poissonArrivals(5, 1), 600)];
    expect(spellsOf(steady)).toBeUndefined();
    expect(gatedModelOf(steady, 0.1, true)).toBeUndefined();
  });

  test('splits at long gaps only, and keeps every record', () => {
    const spells = spellsOf(hour);
    expect(spells?.on.flat()).toEqual(hour);
    expect(Math.min(...(spells?.off ?? []))).toBeGreaterThan(spells?.leastOffS ?? 0);
  });
});

describe('what is wrong in one thing misses the goal that is about it', () => {
  const real = measure(hour, 0.1);
  const missed = (times: readonly number[]): string[] =>
    reachedBy(real, [measure(times, 0.1), measure(times, 0.1)])
      .filter(isMissed)
      .map(({ goal }) => goal.name);

  test('nothing is wrong with the trace itself', () => {
    expect(missed(hour)).toEqual([]);
  });

  test.each<readonly [wrong: string, times: () => readonly number[], goal: string]>([
    ['half of it left out', () => hour.filter((_, at) => at % 2 === 0), 'rate'],
    ['no clock', () => spreadOver(hour, 0.1), 'clock strength'],
    ['no batches', () => spreadOver(hour, 0.1), 'gaps under 10 ms'],
    ['gaps in another order', () => shuffled(hour), 'IDC 10 s'],
    ['silences cut short', () => fromGaps(gapsOf(hour).map((gap) => Math.min(gap, 5))), 'time in gaps over 10 s'],
    ['silences cut short', () => fromGaps(gapsOf(hour).map((gap) => Math.min(gap, 5))), 'empty seconds'],
    ['a second with far too much', () => [...hour, ...evenly(1000, 1, 400)].sort((a, b) => a - b), 'peak / mean, 1 s'],
    ['all of it spread evenly', () => evenly(0, 3600, hour.length), 'CV of gaps'],
    ['no batches', () => spreadOver(hour, 0.1), 'KS of gaps'],
    ['silences cut short', () => fromGaps(gapsOf(hour).map((gap) => Math.min(gap, 5))), 'empty 10 s windows'],
    [
      'ten seconds with far too much',
      () => [...hour, ...evenly(1000, 10, 2000)].sort((a, b) => a - b),
      'peak / mean, 10 s',
    ],
    ...(
      [
        'IDC 0.1 s',
        'IDC 1 s',
        'IDC 60 s',
        'autocorrelation of 1 s counts',
        '99 % of 1 s counts / mean',
        'Hurst, variance-time',
      ] as const
    ).map((goal) => ['all of it by chance', () => [...until(poissonArrivals(2.5, 1), 3600)], goal] as const),
  ])('%s', (_, times, goal) => {
    expect(missed(times())).toContain(goal);
  });

  test('each goal is a tolerance above 0 with a name of its own', () => {
    expect(new Set(arrivalGoals.map(({ name }) => name)).size).toBe(arrivalGoals.length);
    expect(arrivalGoals.every(({ tolerance }) => tolerance > 0)).toBe(true);
  });

  test('what a short trace cannot tell is neither reached nor missed', () => {
    const short = measure(hour.slice(0, 200), 0.1);
    const [idc] = reachedBy(short, [real, real]).filter(({ goal }) => goal.name === 'IDC 60 s');
    expect(idc?.error).toBeNaN();
    expect(idc && isMissed(idc)).toBe(false);
  });
});

test.each([0.5, 1, 3])('likelihood finds a Weibull law of shape %d, and a gamma law', (shape) => {
  const random = layerRandom(1, 'test');
  const lengths = Array.from({ length: 20_000 }, () => weibull(random, shape, 4));
  expect(weibullOf(lengths).shape / shape).toBeCloseTo(1, 1);
  expect(weibullOf(lengths).scaleS / 4).toBeCloseTo(1, 1);
  const gaps = gapsOf([...until(renewalArrivals({ law: 'gamma', shape, scaleS: 0.1 }, 2), 4000)]);
  expect(gammaOf(gaps).shape / shape).toBeCloseTo(1, 1);
});

describe('a clock', () => {
  test('is found at its period, and not where there is none', () => {
    expect(clockPeriodOf(hour, 0)).toBe(0.1);
    expect(clockPeriodOf([...until(gatedArrivals({ ...codeCompletion, stepS: 0.25 }, 1), 3600)], 0)).toBe(0.25);
    expect(clockPeriodOf([...until(poissonArrivals(20, 1), 600)], 0)).toBeUndefined();
  });

  test("of the recorder's is none of the traffic's", () => {
    expect(clockPeriodOf(roundedDown(hour, 0.1), 0.1)).toBeUndefined();
    const goal = new Yardstick(roundedDown(hour, 1))
      .judge({ arrivals: { process: 'poisson', ratePerS: 2 } }, [1, 2])
      .find(({ goal: { name } }) => name === 'clock strength');
    expect(goal?.error).toBeNaN();
  });
});

describe('a course', () => {
  const course: Course = { stepS: 300, rates: [0.5, 1.5, 0.8, 1.2, 1] };
  const rateAt = (timeS: number): number => course.rates[Math.floor(timeS / 300) % 5] as number;
  const times = [...until(warped(poissonArrivals(5, 1), rateAt, 300), 1500)];

  test('is read from the rate of five minutes each', () => {
    const read = courseOf(times)?.rates ?? [];
    for (const [at, rate] of course.rates.slice(0, 4).entries()) expect(read[at]).toBeCloseTo(rate, 0);
  });

  test('taken out of a trace is what it was before', () => {
    const before = [...until(poissonArrivals(5, 1), 1400)];
    const after = straightened([0, ...times], course).slice(1, before.length + 1);
    expect(after.every((time, at) => Math.abs(time - (before[at] as number)) < 1e-6)).toBe(true);
  });
});

describe('resolution', () => {
  test('is the coarsest unit in which all times are whole', () => {
    expect([1, 0.001, 0].map((unit) => resolutionOf(roundedDown(hour, unit)))).toEqual([1, 0.001, 0]);
  });

  test('ties are spread over their unit before a fit, in order, and nothing leaves its unit', () => {
    const rounded = roundedDown(hour, 1);
    const exact = spread(rounded, 1);
    expect(exact.every((time, at) => time >= (exact[at - 1] ?? 0))).toBe(true);
    expect(roundedDown(exact, 1)).toEqual(rounded);
  });
});

function evenly(from: number, length: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => from + (at * length) / count);
}

function fromGaps(gaps: readonly number[]): number[] {
  let time = 0;
  return [0, ...gaps.map((gap) => (time += gap))];
}

function shuffled(times: readonly number[]): number[] {
  const random = layerRandom(1, 'shuffle');
  const keyed = gapsOf(times).map((gap) => [random.next(), gap] as const);
  return fromGaps(keyed.sort(([a], [b]) => a - b).map(([, gap]) => gap));
}

/** Each time anywhere in its step. */
function spreadOver(times: readonly number[], stepS: number): number[] {
  const random = layerRandom(1, 'spread');
  return times.map((time) => (Math.floor(time / stepS) + random.next()) * stepS).sort((a, b) => a - b);
}
