import { expect, test } from 'vitest';
import { placeOf, type Resumption } from './resume-place.ts';

const none = { old: [], now: [] };

/** Six events before the restart and five since; the second one's id is asked for, which the second new one has too. */
function resumed(change: Partial<Resumption>): Resumption {
  const known = { got: none, initial: none, told: false, from: 2, oldEvents: 6, newEvents: 5, alias: 2, replay: 100 };
  return { ...known, ...change };
}

test.each<[string, Partial<Resumption>, object]>([
  ['all that was missed is exact', { got: { old: [3, 4, 5, 6], now: [1, 2, 3, 4, 5] } }, { kind: 'exact' }],
  [
    'what follows the new event of the same id is an alias',
    { got: { old: [], now: [3, 4, 5] } },
    { kind: 'alias', alias: 2 },
  ],
  ['the same is no alias where the client is told', { got: { old: [], now: [3, 4, 5] }, told: true }, { kind: 'told' }],
  [
    'nor where every new stream gets it',
    { got: { old: [], now: [3, 4, 5] }, initial: { old: [], now: [3, 4, 5] } },
    { kind: 'nothing' },
  ],
  ['nor where no new event has the id', { got: { old: [], now: [3, 4, 5] }, alias: undefined }, { kind: 'other' }],
  ['nor the last few events, which begin elsewhere', { got: { old: [], now: [4, 5] } }, { kind: 'other' }],
  ['nothing is the answer to an unknown id', {}, { kind: 'nothing' }],
  ['nothing behind an alias looks the same', { newEvents: 2 }, { kind: 'nothing' }],
  ['all of the new life is from the beginning', { got: { old: [], now: [1, 2, 3, 4, 5] } }, { kind: 'all' }],
  ['and so is all of both', { got: { old: [1, 2, 3, 4, 5, 6], now: [1, 2, 3, 4, 5] } }, { kind: 'all' }],
  ['old events with a hole are a gap', { got: { old: [4, 5, 6], now: [1, 2, 3, 4, 5] } }, { kind: 'gap' }],
  [
    'but not beyond the promised replay',
    { got: { old: [4, 5, 6], now: [1, 2, 3, 4, 5] }, replay: 8 },
    { kind: 'other' },
  ],
])('%s', (_, change, place) => {
  expect(placeOf(resumed(change))).toEqual(place);
});
