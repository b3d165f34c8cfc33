import { expect, test } from 'vitest';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import { searchesInTurn } from './searches.ts';

const never = new AbortController().signal;
const found = (time: number) => ({ reason: `search ${time}` });

test('searches come one after another, as often as asked for', async () => {
  expect(await searchesInTurn(3, async (time) => found(time), never)).toEqual([found(1), found(2), found(3)]);
});

test('behind one that was interrupted there is none', async () => {
  expect(await searchesInTurn(3, async (time) => (time === 2 ? undefined : found(time)), never)).toEqual([found(1)]);
});

test.each([
  ['finds no server', async (time: number) => found(time)],
  [
    'breaks',
    async () => {
      throw new Error('exit code 4');
    },
  ],
])('Ctrl-C before a search has begun ends all of them, though that one only %s', async (_, end) => {
  const interrupt = new AbortController();
  const begun: number[] = [];
  const answers = await searchesInTurn(
    3,
    async (time) => {
      begun.push(time);
      if (time < 2) return found(time);
      interrupt.abort();
      return end(time);
    },
    interrupt.signal,
  );
  expect([begun, answers]).toEqual([[1, 2], [found(1)]]);
});

test('what was found when Ctrl-C came counts', async () => {
  const { capacity } = madeUpBench();
  const interrupt = new AbortController();
  const search = async () => {
    interrupt.abort();
    return capacity ? { capacity } : {};
  };
  expect(await searchesInTurn(3, search, interrupt.signal)).toEqual([{ capacity }]);
});

test('a search that breaks by itself is told', async () => {
  const broken = async () => Promise.reject(new Error('exit code 4'));
  await expect(searchesInTurn(3, broken, never)).rejects.toThrow('exit code 4');
});
