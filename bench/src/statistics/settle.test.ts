import { seededRandom } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { settlingOf } from './settle.ts';

type Seen = Parameters<typeof settlingOf>[0][number];

const random = seededRandom(4);
const windows = (seconds: number, at: (second: number) => Partial<Seen>): Seen[] =>
  Array.from({ length: seconds }, (_, second) => ({
    offered: 1000,
    delivered: 1000,
    p50: 2000 + 100 * random.next(),
    p99: 9000 + 900 * random.next(),
    rss: 100e6 + 1e5 * random.next(),
    ...at(second),
  }));
const level = () => ({});

test('a level load has settled after twenty windows, never before ten', () => {
  expect(settlingOf(windows(9, level))).toBe('moving');
  expect(settlingOf(windows(25, level))).toBe('settled');
});

test('one that still falls, or whose memory grows, is moving', () => {
  const falling = (second: number) => ({ p50: 2000 + 9000 * Math.exp(-second / 10) });
  expect(settlingOf(windows(25, falling))).toBe('moving');
  const growing = (second: number) => ({ rss: 100e6 + 1e6 * second });
  expect(settlingOf(windows(60, growing))).toBe('moving');
});

test('a load may take longer than two minutes, as long as --settle-max lets it', () => {
  const cache = (second: number) => ({ p50: 2000, p99: 9000, rss: 100e6 + 1e6 * Math.min(second, 150) });
  expect(settlingOf(windows(130, cache))).toBe('moving');
  expect(settlingOf(windows(180, cache))).toBe('settled');
});

test('fewer deliveries than offered while latency rises is unstable, no long warm-up', () => {
  expect(settlingOf(windows(15, (second) => ({ delivered: 900, p50: 2000 + 800 * second })))).toBe('unstable');
  expect(settlingOf(windows(15, () => ({ delivered: 0, p50: null, p99: null })))).toBe('unstable');
});

test('fewer deliveries at a level latency is loss: no settling, but nothing grows', () => {
  expect(settlingOf(windows(30, () => ({ delivered: 980 })))).toBe('moving');
});

test('a load without publishes settles by its memory', () => {
  expect(settlingOf(windows(25, () => ({ offered: 0, delivered: 0, p50: null, p99: null })))).toBe('settled');
});
