import { describe, expect, test } from 'vitest';
import { windowCounts } from '../statistics/describe.ts';
import { flashCrowd, withOutage } from './incidents.ts';
import { poissonArrivals } from './processes.ts';
import { until, warped } from './shaping.ts';

const isRising = (times: readonly number[]): boolean => times.every((time, at) => time >= (times[at - 1] ?? 0));

describe('a flash crowd', () => {
  const times = [...flashCrowd({ atS: 100, peakPerS: 20, riseS: 100, holdS: 200, fallS: 100 }, 3)];

  test('brings as many as the area under its rate, begins at its time and ends', () => {
    expect(times.length / (20 * (50 + 200 + 100))).toBeCloseTo(1, 1);
    expect(times[0]).toBeGreaterThan(100);
    expect(isRising(times)).toBe(true);
  });

  test('rises, holds and falls to a third', () => {
    const [, rising = 0, held = 0, , falling = 0] = windowCounts([0, ...times, 1000], 100);
    expect(rising / held).toBeCloseTo(0.5, 1);
    expect(falling / held).toBeCloseTo(1 - Math.exp(-1), 0);
  });
});

describe('an outage', () => {
  const outage = { atS: 100, lengthS: 50, retries: 3, drainS: 5 };
  const plain = [...until(poissonArrivals(10, 1), 400)];
  const times = [...until(withOutage(poissonArrivals(10, 1), outage, 1), 400)];
  const within = (all: readonly number[], from: number, to: number): number =>
    all.filter((time) => time >= from && time < to).length;

  test('lets nothing through, then brings all that was held back as often as clients retry, in order', () => {
    const held = within(plain, 100, 150);
    expect(within(times, 100, 150)).toBe(0);
    expect(times.length).toBe(plain.length - held + 3 * held);
    expect(isRising(times)).toBe(true);
  });

  test('leaves what came before it alone, and drains at once', () => {
    expect(times.filter((time) => time < 100)).toEqual(plain.filter((time) => time < 100));
    expect(within(times, 150, 155)).toBeGreaterThan(3 * within(plain, 150, 155));
    expect(times.filter((time) => time > 300)).toEqual(plain.filter((time) => time > 300));
  });

  test('without retries loses what falls into it', () => {
    const lost = [...until(withOutage(poissonArrivals(10, 1), { ...outage, retries: 0 }, 1), 400)];
    expect(lost).toEqual(plain.filter((time) => time < 100 || time >= 150));
  });
});

test('warped time has the rate of its course, and each record in the right part', () => {
  function* evenly() {
    for (let time = 0.5; ; time += 1) yield time;
  }
  const times = [
    ...until(
      warped(evenly(), (timeS) => (timeS < 100 ? 2 : 0.5), 50),
      200,
    ),
  ];
  expect(windowCounts([0, ...times, 200], 100)).toEqual([201, 50]);
  expect(isRising(times)).toBe(true);
});
