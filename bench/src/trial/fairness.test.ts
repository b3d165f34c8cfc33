import { expect, test } from 'vitest';
import type { Window } from '../results/bench-result.ts';
import { jain, spearman } from './fairness.ts';
import { isSettled } from './settled.ts';

test("Jain's index is 1 where all have the same and 1/n where one has all", () => {
  expect(jain([3, 3, 3])).toBe(1);
  expect(jain([0, 0, 0, 5])).toBe(0.25);
  expect(jain([])).toBe(1);
});

test('the rank correlation is 1 for any rise, -1 for any fall, and 0 where one never changes', () => {
  expect(spearman([1, 2, 3, 4], [1, 10, 11, 500])).toBeCloseTo(1);
  expect(spearman([1, 2, 3, 4], [9, 8, 2, 1])).toBeCloseTo(-1);
  expect(spearman([1, 2, 3], [5, 5, 5])).toBe(0);
  expect(spearman([1, 2, 3, 4], [1, 1, 2, 2])).toBeCloseTo(0.894, 3);
});

test('a load has settled once what is offered comes and neither times nor memory have a slope', () => {
  const windows = (of: (at: number) => Partial<Window>): Window[] =>
    Array.from({ length: 20 }, (_, at) => {
      const base = { t: at * 1000, phase: 'settle', streams: 1, offered: 100, delivered: 100, bad: false } as const;
      return { ...base, p50: 1000 + (at % 3), p99: 2000 - (at % 2), rss: 5e7, cpu: 0.1, elu: 0.1, psi: 0, ...of(at) };
    });
  expect(isSettled(windows(() => ({})))).toBe(true);
  expect(isSettled(windows(() => ({})).slice(1))).toBe(false);
  expect(isSettled(windows(() => ({ delivered: 97 })))).toBe(false);
  expect(isSettled(windows((at) => ({ p99: 2000 + 200 * at })))).toBe(false);
  expect(isSettled(windows((at) => ({ rss: 5e7 + 1e6 * at })))).toBe(false);
});
