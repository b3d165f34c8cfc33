import { expect, test } from 'vitest';
import { median, medianOf, medianRatio } from './ratio.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([5, 1, 100])).toBe(5);
  expect(median([1, 2, 4, 100])).toBe(3);
  expect(median([])).toBeUndefined();
});

test('ratios are taken within a round, so that a slow round changes none', () => {
  expect(medianRatio([2, 20, 2], [1, 10, 1])).toBe(2);
});

test('rounds that lack one of the two do not count', () => {
  expect(medianRatio([2, undefined, 9, 6], [1, 1, undefined, 1])).toBe(4);
  expect(medianRatio([undefined], [1])).toBeUndefined();
  expect(medianOf([undefined, 3])).toBe(3);
});
