import { seededRandom } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { growth, HdrCounts, type HdrDelta, hdrLength } from '../engine/hdr-layout.ts';
import { laterThanCanary, p99Interval } from './p99-interval.ts';

/** A second in which so many events came, late by about so much. */
function second(ms: number, events = 200): HdrDelta {
  const counts = new HdrCounts();
  for (let event = 0; event < events; event += 1) counts.record(ms * 1000 * (0.5 + event / events));
  return growth(counts.counts, new Uint32Array(hdrLength + 1));
}

test('p99 of seconds that are all alike is known exactly, and of seconds that differ only roughly', () => {
  const alike = p99Interval(
    Array.from({ length: 20 }, () => second(10)),
    seededRandom(1),
  );
  expect(alike?.[0]).toBe(alike?.[1]);
  expect(alike?.[0]).toBeCloseTo(14_900, -3);
  const [low = 0, high = 0] =
    p99Interval(
      Array.from({ length: 20 }, (_, at) => second(at < 10 ? 10 : 11 + at)),
      seededRandom(1),
    ) ?? [];
  expect(high / low).toBeGreaterThan(1.1);
});

test('a few seconds tell nothing, and neither do those in which nothing came', () => {
  expect(p99Interval([second(10), second(20)], seededRandom(1))).toBeUndefined();
  expect(
    p99Interval(
      Array.from({ length: 20 }, () => second(10, 0)),
      seededRandom(1),
    ),
  ).toBeUndefined();
});

describe('loaded streams', () => {
  const bySecond = (all: readonly HdrDelta[]): Map<number, HdrDelta> => new Map(all.entries());
  const uneven = [10, 40, 12, 11, 90, 10, 10, 13];

  test('are as late as a canary that the same stalls hold up, however much its seconds differ', () => {
    const canary = bySecond(uneven.map((ms) => second(ms, 50)));
    const [low = 0, high = 0] =
      laterThanCanary(bySecond(uneven.map((ms) => second(ms))), canary, seededRandom(1)) ?? [];
    expect(low).toBeLessThanOrEqual(1000);
    expect(high).toBeGreaterThanOrEqual(0);
  });

  test('are later than it where something is added in each second', () => {
    const canary = bySecond(uneven.map((ms) => second(ms, 50)));
    const loaded = bySecond(uneven.map((ms) => second(ms + 20)));
    expect(laterThanCanary(loaded, canary, seededRandom(1))?.[0]).toBeGreaterThan(10_000);
  });

  test('are compared in the seconds that both have, and not without one', () => {
    expect(laterThanCanary(bySecond([second(10)]), new Map(), seededRandom(1))).toBeUndefined();
    const later = laterThanCanary(bySecond([second(500), second(30)]), new Map([[1, second(10)]]), seededRandom(1));
    expect(later?.[0]).toBeCloseTo(29_800, -3);
  });
});
