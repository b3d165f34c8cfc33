import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highestRate } from './highest-rate.ts';

test('finds the limit to within a few percent, from above and from below', () => {
  const limit = fc.double({ min: 1, max: 100, noNaN: true });
  return fc.assert(
    fc.asyncProperty(limit, async (highest) => {
      const found = await highestRate(10, 40, async (rate) => rate <= highest);
      expect(found).toBeLessThanOrEqual(highest);
      expect(found).toBeGreaterThan(highest * 0.94);
    }),
  );
});

test('gives the highest rate kept so far when the probes run out', async () => {
  const probed: number[] = [];
  const found = await highestRate(100, 3, async (rate) => probed.push(rate) > 0);
  expect(probed).toHaveLength(3);
  expect(found).toBe(Math.max(...probed));
});

test('gives 0 when no rate is kept', async () => {
  expect(await highestRate(100, 3, async () => false)).toBe(0);
});
