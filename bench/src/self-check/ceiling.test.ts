import { expect, test } from 'vitest';
import { highestLoad } from './ceiling.ts';

test.each([
  ['so many streams as get their events', 'streams', { streams: 500, perStreamPerS: 20 }, 3500],
  ['at any rate one stream', 'streams', { streams: 500, perStreamPerS: 1e6 }, 1],
  ['without an end where streams get nothing', 'streams', { streams: 500, perStreamPerS: 0 }, Number.POSITIVE_INFINITY],
  ['less than an event a second on each of many streams', 'rate', { streams: 280_000, perStreamPerS: 20 }, 0.25],
] as const)('a generator that reaches 100,000 deliveries/s is asked for %s', (_, axis, load, highest) => {
  expect(highestLoad(100_000, axis, load)).toBeCloseTo(highest, 9);
});
