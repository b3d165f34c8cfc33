import { expect, describe as group, test } from 'vitest';
import { describe, dispersion, gapsOf, mean, variationOf, windowCounts } from '../statistics/describe.ts';
import { codeCompletion, gatedArrivals } from './gated.ts';
import { type Arrivals, hawkesArrivals, mmppArrivals, poissonArrivals, renewalArrivals } from './processes.ts';
import {
  compressed,
  overDay,
  rateOfDay,
  recordedSurge,
  serviceDay,
  superposed,
  surge,
  thinned,
  until,
} from './shaping.ts';

const timesOf = (source: Arrivals, endS: number): number[] => [...until(source, endS)];
const isRising = (times: readonly number[]): boolean => times.every((time, at) => time >= (times[at - 1] ?? 0));

group('a Poisson process', () => {
  const times = timesOf(poissonArrivals(50, 4), 4000);

  test('has an index of dispersion of 1 at every window, gaps that vary by 1, and no clock', () => {
    expect(dispersion(times, 0.1)).toBeCloseTo(1, 1);
    expect(dispersion(times, 1)).toBeCloseTo(1, 1);
    expect(variationOf(gapsOf(times))).toBeCloseTo(1, 1);
    expect(describe(times).clock100ms).toBeLessThan(0.06);
  });

  test('has the rate that was asked for', () => {
    expect(times.length / 4000).toBeCloseTo(50, 0);
  });
});

group('a renewal process', () => {
  test('has gaps of its law', () => {
    const gaps = gapsOf(timesOf(renewalArrivals({ law: 'gamma', shape: 0.25, scaleS: 0.4 }, 5), 5000));
    expect(mean(gaps)).toBeCloseTo(0.1, 1);
    expect(variationOf(gaps)).toBeCloseTo(2, 0);
  });

  test('does not begin with a burst', () => {
    const first = Array.from({ length: 400 }, (_, seed) =>
      timesOf(renewalArrivals({ law: 'weibull', shape: 0.42, scaleS: 0.5 }, seed), 10),
    );
    const inPart = (from: number): number => first.flat().filter((time) => time >= from && time < from + 2).length;
    expect(inPart(0) / inPart(6)).toBeGreaterThan(0.8);
    expect(inPart(0) / inPart(6)).toBeLessThan(1.25);
  });
});

test('a process that switches on and off has the dispersion that theory gives', () => {
  const [on, leaveOn, leaveOff] = [15.09, 0.1177, 0.02411];
  const moves = [
    [0, leaveOn],
    [leaveOff, 0],
  ];
  const times = timesOf(mmppArrivals({ ratesPerS: [on, 0], moves }, 11), 200_000);
  const s = leaveOn + leaveOff;
  const m = (on * leaveOff) / s;
  const theory = (w: number): number =>
    1 + ((2 * on ** 2 * leaveOn * leaveOff) / (s ** 3 * m)) * (1 - (1 - Math.exp(-s * w)) / (s * w));
  for (const window of [0.1, 1, 10]) expect(dispersion(times, window) / theory(window)).toBeCloseTo(1, 0);
  expect(times.length / 200_000 / m).toBeCloseTo(1, 0);
});

test('a process that excites itself has the rate and the dispersion that theory gives', () => {
  const [n, decay, base] = [0.6, 2, 1];
  const times = timesOf(hawkesArrivals({ basePerS: base, branching: n, decayPerS: decay }, 4), 50_000);
  expect(times.length / 50_000).toBeCloseTo(base / (1 - n), 1);
  const k = decay * (1 - n);
  const theory = (w: number): number => (1 - n) ** -2 * (1 - ((1 - (1 - n) ** 2) * (1 - Math.exp(-k * w))) / (k * w));
  for (const window of [0.1, 1, 10]) expect(dispersion(times, window) / theory(window)).toBeCloseTo(1, 1);
  expect(() => hawkesArrivals({ basePerS: 1, branching: 1, decayPerS: 1 }, 1).next()).toThrow(/^branching is 1; give/);
});

group('the gated model', () => {
  const hour = timesOf(gatedArrivals(codeCompletion, 1), 3600);

  test('gives the same times for the same seed, others for another, and a cut run is the start of a longer one', () => {
    expect(timesOf(gatedArrivals(codeCompletion, 1), 1800)).toEqual(hour.filter((time) => time < 1800));
    expect(timesOf(gatedArrivals(codeCompletion, 2), 1800)).not.toEqual(hour.filter((time) => time < 1800));
  });

  test('rises, keeps to its clock, and is far from Poisson', () => {
    const { clock100ms, dispersion: idc } = describe(hour);
    expect(isRising(hour)).toBe(true);
    expect(clock100ms).toBeGreaterThan(0.4);
    expect(idc['1']).toBeGreaterThan(5);
  });

  test('without a gate and without a clock is a rate that wanders', () => {
    const { gate: _, clock: __, ...model } = codeCompletion;
    const times = timesOf(gatedArrivals(model, 1), 600);
    const { emptySeconds, clock100ms } = describe(times);
    expect(isRising(times)).toBe(true);
    expect(emptySeconds).toBeLessThan(0.2);
    expect(clock100ms).toBeLessThan(0.1);
  });
});

group('scaling', () => {
  const source = (seed: number): Arrivals => gatedArrivals(codeCompletion, seed);

  test('by copies adds their rates up, in order', () => {
    const times = timesOf(superposed([1, 2, 3].map(source)), 1000);
    expect(isRising(times)).toBe(true);
    expect(times.length).toBe([1, 2, 3].reduce((sum, seed) => sum + timesOf(source(seed), 1000).length, 0));
  });

  test('of time moves the dispersion to shorter windows: IDC(w) becomes IDC(c w)', () => {
    const slow = timesOf(source(1), 4000);
    const fast = timesOf(compressed(source(1), 4), 1000);
    expect(fast.length).toBe(slow.length);
    expect(dispersion(fast, 2.5) / dispersion(slow, 10)).toBeCloseTo(1, 1);
  });

  test('by thinning takes the dispersion towards 1 by the share', () => {
    const times = timesOf(source(1), 20_000);
    const half = timesOf(thinned(source(1), 0.5, 9), 20_000);
    expect(half.length / times.length).toBeCloseTo(0.5, 1);
    expect((dispersion(half, 10) - 1) / (dispersion(times, 10) - 1)).toBeCloseTo(0.5, 1);
  });
});

group('a day', () => {
  test('has its extremes where they were measured, and a mean of 1', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => rateOfDay(serviceDay, hour));
    expect(Math.min(...hours)).toBeGreaterThan(0.6);
    expect(Math.min(...hours)).toBeLessThan(0.7);
    expect(Math.max(...hours)).toBeLessThan(1.47);
    expect(mean(hours)).toBeCloseTo(1, 6);
  });

  test('thins a process to its course', () => {
    const counts = windowCounts(timesOf(overDay(poissonArrivals(2, 1), serviceDay, 0, 1), 86_400), 3600);
    const peak = counts.indexOf(Math.max(...counts));
    expect(rateOfDay(serviceDay, peak + 0.5)).toBeGreaterThan(1.2);
  });
});

test('a surge has its records in its seconds', () => {
  const counts = windowCounts([100, ...surge(100, recordedSurge, 1), 110.5], 1);
  expect(counts).toEqual([44, ...recordedSurge.slice(1)]);
});
