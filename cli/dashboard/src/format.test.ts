import { describe, expect, test } from 'vitest';
import { formatDuration, formatRate, formatShare } from './format.ts';
import { niceMaximum } from './nice-maximum.ts';

describe('figures are written for people', () => {
  test.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3_725, '1 h 2 min'],
    [90_000, '1 d 1 h'],
  ])('%d s is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  test.each([
    [0, '0.0'],
    [99.94, '99.9'],
    [1234.5, '1,235'],
  ])('%d per second is %s', (rate, text) => expect(formatRate(rate)).toBe(text));

  test('a share of nothing is none', () => expect(formatShare(0, 0)).toBe('0%'));
});

test.each([
  [0, 1],
  [0.3, 0.3],
  [1, 1],
  [130, 150],
  [801, 1000],
])('an axis for values up to %d ends at %d', (most, maximum) => expect(niceMaximum(most)).toBeCloseTo(maximum, 9));
