import { seededRandom } from '@ssert/protocol';
import { expect, test } from 'vitest';
import type { PublishOutcome } from '../../access/publisher.ts';
import type { RuleContext } from '../../context.ts';
import { Flood } from './flood.ts';

/** What a flood asks of its context, with a server that takes events up to so many characters. */
function refusingAbove(most: number): { context: RuleContext; taken: number[] } {
  const taken: number[] = [];
  const publish = async ({ data }: { data: string }): Promise<PublishOutcome> => {
    // All that are under way have been sent before the first is answered.
    await new Promise(setImmediate);
    if (data.length > most) return { kind: 'refused', reason: 'too long' };
    taken.push(data.length);
    return { kind: 'accepted' };
  };
  const { signal } = new AbortController();
  const never = new Promise<never>(() => undefined);
  const context = { seed: 1, random: seededRandom(1), signal, publish, sleep: () => never };
  return { context: context as unknown as RuleContext, taken };
}

test.each([70_000, 20_000, 5000, 1100])('a server that takes events up to %i characters is flooded', async (most) => {
  const { context, taken } = refusingAbove(most);
  const flood = new Flood(context, 'test', undefined);
  await flood.pour(200_000);
  expect(flood.bytes).toBeGreaterThanOrEqual(200_000);
  // The largest of four sizes, each a quarter of the one before, that it takes.
  expect(Math.max(...taken)).toBeGreaterThan(Math.min(most, 64 * 1024) / 4.5);
});

test('one that takes nothing is left alone', async () => {
  const { context } = refusingAbove(500);
  await expect(new Flood(context, 'test', undefined).pour(200_000)).rejects.toThrow(/even an event of 1 KiB/);
});
