import { expect, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { countedTooFew } from './counted-too-few.ts';

/** Looks at a server that counts these, one after the other, and then the last again. */
async function look(counts: readonly (number | Error)[], held = 100): Promise<{ sentences: string[]; asked: number }> {
  const clock = new ManualClock();
  let asked = 0;
  const openStreams = async (): Promise<number> => {
    const count = counts[Math.min(asked, counts.length - 1)] as number | Error;
    asked += 1;
    // Time goes on once the answer is taken.
    setImmediate(() => clock.advance(500));
    if (count instanceof Error) throw count;
    return count;
  };
  const found = await countedTooFew(openStreams, () => held, clock, new AbortController().signal);
  return { sentences: found.map(({ sentence }) => sentence), asked };
}

test('a server that counts fewer streams than are held is told, once it has had the time to count them', async () => {
  const { sentences, asked } = await look([90, 95, 95]);
  expect(sentences).toEqual(['the server counts 95 open streams at most, and 100 are held']);
  expect(asked).toBe(5);
});

test.each<[string, (number | Error)[]]>([
  ['counts them all', [100]],
  ['counts those of other clients as well', [250]],
  ['is a moment behind', [0, 60, 100]],
  ['cannot tell', [new Error('no JSON')]],
])('one that %s is not', async (_, counts) => {
  expect((await look(counts)).sentences).toEqual([]);
});
