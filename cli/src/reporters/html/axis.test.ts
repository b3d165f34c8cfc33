import { expect, test } from 'vitest';
import { axisOf } from './axis.ts';

const text = (value: number): string => String(value);
const ticks = (scale: 'linear' | 'log', from: number, to: number) =>
  axisOf({ scale, from, to, text }).ticks.map((tick) => Number(tick.text));

test('ticks stand at round values within what is shown', () => {
  expect(ticks('linear', 0, 8192)).toEqual([0, 2000, 4000, 6000, 8000]);
  expect(ticks('linear', 0.2, 0.9)).toEqual([0.2, 0.4, 0.6, 0.8]);
  expect(ticks('log', 125, 12_000)).toEqual([300, 1000, 3000, 10_000]);
  expect(ticks('log', 900, 2500)).toEqual([1000, 2000]);
  expect(ticks('log', 1, 1e9)).toHaveLength(5);
});

test('values are placed in order, with room at both ends', () => {
  const { place } = axisOf({ scale: 'log', from: 1, to: 1000, text });
  expect([1, 10, 1000].map(place)).toEqual([
    expect.closeTo(0.028, 3),
    expect.closeTo(0.343, 3),
    expect.closeTo(0.972, 3),
  ]);
});

test('one value alone has its place', () => {
  const axis = axisOf({ scale: 'linear', from: 5, to: 5, text });
  expect(axis.place(5)).toBeGreaterThan(0);
  expect(axis.place(5)).toBeLessThan(1);
  expect(axisOf({ scale: 'log', from: 5, to: 5, text }).place(5)).toBeGreaterThan(0);
});
