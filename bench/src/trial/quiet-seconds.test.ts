import { expect, test } from 'vitest';
import { QuietSeconds } from './quiet-seconds.ts';

/** How many seconds were quiet in the end, of those from the first on. */
function quiet(...seconds: readonly { delivered?: number; away?: number }[]): number {
  const told = new QuietSeconds();
  told.take(9, 0, 0);
  for (const [at, { delivered = 0, away = 0 }] of seconds.entries()) told.take(10 + at, delivered, away);
  return told.from(10);
}

test('seconds are quiet once nothing has been delivered in them', () => {
  expect(quiet()).toBe(0);
  expect(quiet({ delivered: 3 })).toBe(0);
  expect(quiet({ delivered: 3 }, {}, {})).toBe(2);
  expect(quiet({}, { delivered: 1 }, {})).toBe(1);
  expect(quiet({}, {})).toBe(2);
});

test('while a client is on its way back no second is quiet, nor the one in which it comes', () => {
  expect(quiet({ away: 1 }, { away: 1 }, {})).toBe(0);
  expect(quiet({ away: 1 }, {}, {})).toBe(1);
});
