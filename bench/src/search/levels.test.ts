import { expect, test } from 'vitest';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import { Levels } from './levels.ts';
import type { Purpose } from './trial-request.ts';

/** Trials of loads; a strain above 1 fails. */
function levelsOf(...trials: readonly (readonly [x: number, purpose: Purpose, strain: number])[]): Levels {
  const levels = new Levels();
  for (const [x, purpose, strain] of trials) {
    levels.add({
      trial: madeUpTrial({ x }),
      purpose,
      outcome: { met: strain <= 1, strain, binding: 'p99(delivery) < 250ms', terms: [] },
    });
  }
  return levels;
}

const below = (x: number): number => Math.round(x / 1.05);
const lost = Number.POSITIVE_INFINITY;

test('what is known so far lies between the highest load that passed and the lowest that failed', () => {
  expect(levelsOf([500, 'double', 0.3]).bracketSoFar(5, below)).toEqual({ lo: 500 });
  expect(levelsOf([500, 'double', 0.3], [1000, 'double', 2]).bracketSoFar(5, below)).toEqual({ lo: 500, hi: 1000 });
  expect(levelsOf([500, 'double', 2]).bracketSoFar(5, below)).toBeUndefined();
});

test('a load of which a confirming trial lost events is no lower end, though most of its trials passed', () => {
  const levels = levelsOf([900, 'bisect', 0.5], [1000, 'bisect', 0.6], [1000, 'bisect', 0.6], [1000, 'confirm', lost]);
  expect(levels.bracketSoFar(5, below)).toEqual({ lo: 900, hi: 1000 });
});

test('nor is one that does not hold with all its confirming trials', () => {
  const close = [0.7, 1.4, 0.7, 0.9, 0.9].map((strain) => [1000, 'confirm', strain] as const);
  expect(levelsOf([900, 'bisect', 0.5], ...close).bracketSoFar(5, below)).toEqual({ lo: 900, hi: 1000 });
  // As long as some are left, nothing is decided.
  expect(levelsOf([900, 'bisect', 0.5], ...close.slice(0, 3)).bracketSoFar(5, below)).toEqual({ lo: 1000 });
});

test('a short trial that passed right below a load that is refuted tells nothing beside that', () => {
  const short = [
    [900, 'bisect', 0.5],
    [995, 'bisect', 0.6],
    [1000, 'bisect', 0.6],
  ] as const;
  const refuted = [1000, 'confirm', lost] as const;
  expect(levelsOf(...short, refuted).bracketSoFar(5, below)).toEqual({ lo: 900, hi: 1000 });
  expect(levelsOf(...short, [952, 'confirm', 0.5], refuted).bracketSoFar(5, below)).toEqual({ lo: 952, hi: 1000 });
});
