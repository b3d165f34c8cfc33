import { seededRandom } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { spread } from './spread.ts';

function spreadOut(count: number, { withinMs = 2500, seed = 1 } = {}) {
  const clock = new ManualClock();
  const acted: number[] = [];
  const times: number[] = [];
  let doneAtMs: number | undefined;
  spread(
    Array.from({ length: count }, (_, index) => index),
    (item) => {
      acted.push(item);
      times.push(clock.now());
    },
    () => {
      doneAtMs = clock.now();
    },
    { clock, random: seededRandom(seed), withinMs },
  );
  clock.advance(60_000);
  return { acted, times, doneAtMs, pending: clock.pending };
}

const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

test.each([0, 1, 10])('%i items have their turn at once', (count) => {
  const { acted, times, doneAtMs, pending } = spreadOut(count);
  expect([sorted(acted), times.every((time) => time === 0), doneAtMs, pending]).toEqual([
    Array.from({ length: count }, (_, index) => index),
    true,
    0,
    0,
  ]);
});

test('a thousand take about a second, never more than ten at once', () => {
  const { acted, times, doneAtMs } = spreadOut(1000);
  expect(sorted(acted)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  expect(doneAtMs).toBe(990);
  const atOnce = [...Map.groupBy(times, (time) => time).values()].map(({ length }) => length);
  expect(Math.max(...atOnce)).toBe(10);
});

test.each([2500, 100, 15, 5, 0])('however many there are, the last has its turn within %i ms', (withinMs) => {
  const { acted, doneAtMs } = spreadOut(25_001, { withinMs });
  expect(new Set(acted).size).toBe(25_001);
  expect(doneAtMs).toBeLessThanOrEqual(withinMs);
});

test('the order is that of chance, and a seed repeats it', () => {
  const [first, again, other] = [1, 1, 2].map((seed) => spreadOut(50, { seed }).acted);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect(first).not.toEqual(sorted(first ?? []));
});
