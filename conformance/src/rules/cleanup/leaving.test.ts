import { expect, test } from 'vitest';
import { Newcomers } from './leaving.ts';

/** What is told of counts that were looked at every 100 ms, where a client that stays does so for 250 ms. */
function came(...counts: number[]): number {
  const newcomers = new Newcomers(250);
  return Math.max(...counts.map((count, turn) => newcomers.look(count, turn * 100)));
}

test('a count that rises and stays up tells of clients that came', () => {
  expect(came(5, 5, 6, 6, 6, 6)).toBe(1);
  expect(came(5, 7, 8, 9, 10)).toBe(2);
});

test('one that is up for a moment, or stands still, or falls does not', () => {
  expect(came(5, 6, 6, 5, 6, 6, 5)).toBe(0);
  expect(came(5, 5, 5, 5, 5, 5)).toBe(0);
  expect(came(5, 5, 4, 4, 3, 3, 3, 3)).toBe(0);
});

test('a rise behind a fall is one', () => {
  expect(came(5, 3, 4, 4, 4, 4)).toBe(1);
});
