import { integer } from 'fast-check';
import { expect, test } from 'vitest';
import { efforts } from './effort.ts';
import { search } from './property.ts';

const context = { seed: 1, effort: efforts.quick, signal: new AbortController().signal };

test('an input that turns out to break the rule when the time for searching is over is found', async () => {
  const holds = async (value: number): Promise<{ message: string }> => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { message: `${value} is wrong` };
  };
  const result = await search(context, integer(), holds, [7], 1, 10);
  expect(result).toMatchObject({
    found: true,
    value: 7,
    complaint: { message: '7 is wrong' },
    counterexample: { value: '7', shrinks: 0 },
  });
});
