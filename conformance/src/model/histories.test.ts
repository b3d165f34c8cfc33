import { sample } from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from './command.ts';
import { Histories } from './histories.ts';

const ingredients = { publishes: true, resumes: true, stalls: true, restarts: false, window: 4, longest: 16 };

function restartsIn(restarts: boolean): number[] {
  const histories: (readonly Command[])[] = sample(new Histories({ ...ingredients, restarts }), {
    numRuns: 500,
    seed: 7,
  });
  return histories.map((commands) => commands.filter((command) => command.do === 'restart').length);
}

test('no history restarts a server that cannot be', () => {
  expect(Math.max(...restartsIn(false))).toBe(0);
});

test('some histories restart a server that can be, none of them twice', () => {
  const counts = restartsIn(true);
  expect(Math.max(...counts)).toBe(1);
  expect(counts.filter((count) => count === 1).length).toBeGreaterThan(20);
  expect(counts.filter((count) => count === 1).length).toBeLessThan(150);
});
