import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { madeUpBench, repeatedTrials } from '../../../bench/testing/made-up-bench.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';

/** Writes trials of that median each, and compares the files: searches, or where a number of trials is given, runs without. */
async function compare(medians: readonly number[], { count, more = [] }: { count?: number; more?: string[] } = {}) {
  await using folder = await emptyFolder();
  const files = await Promise.all(
    medians.map(async (median, at) => {
      const file = join(folder.path, `${at}.json`);
      const around = [1, 1.02, 0.98, 1.01, 0.99].map((part) => part * Math.abs(median));
      // Each with the seed that it drew.
      const { capacity, ...result } = madeUpBench({ seed: 100 + at, trials: repeatedTrials(around.slice(0, count)) });
      const plan = median < 0 ? { ...result.plan, scenario: 'churn' } : result.plan;
      await writeFile(file, JSON.stringify({ ...result, plan, ...(count === undefined ? { capacity } : {}) }));
      return file;
    }),
  );
  return await runHere(['bench', 'compare', ...files, ...more]);
}

describe.concurrent('ssert bench compare', () => {
  test('tells what became worse, and exits 1', async () => {
    const { code, stdout } = await compare([2000, 3000]);
    expect(stdout).toContain('Capacity: A 7,800 (7,550 to 8,260), B 7,800 (7,550 to 8,260): cannot conclude');
    expect(stdout).toContain('At a load of 2,000: 5 trials of A, 5 of B; medians');
    expect(stdout).toMatch(/^p99\(delivery\) +[78][.\d]+ ms +1\d(.\d)? ms +× 1.50 +1.4\d to 1.5\d +0.048 +WORSE$/m);
    expect(stdout).toMatch(/^loss +0 % +0 % .*same$/m);
    expect(code).toBe(1);
  });

  test('exits 0 where nothing is worse', async () => {
    expect((await compare([3000, 2000], { count: 5 })).code).toBe(0);
    expect((await compare([2000, 2000], { count: 5 })).code).toBe(0);
  });

  test.each([1, 3])(
    'exits 3 where trials are too few (%i a side), however much worse they are, and tells no interval',
    async (count) => {
      const { code, stdout } = await compare([2000, 6000], { count });
      expect(stdout).toMatch(/^p99\(delivery\) .* × [23].\d\d +\d.\d\d\d +cannot conclude$/m);
      expect(stdout).toMatch(/^loss +0 % +0 % .*same$/m);
      expect(code).toBe(3);
    },
  );

  test('exits 3 where one thing stays open, though others are better', async () => {
    const { code, stdout } = await compare([3000, 2000]);
    expect(stdout).toMatch(/^Capacity: .*: cannot conclude$/m);
    expect(stdout).toMatch(/^p99\(delivery\) .*better$/m);
    expect(code).toBe(3);
  });

  test('refuses runs of other plans, and exits 3', async () => {
    const { code, complaints, stdout } = await compare([2000, -2000]);
    expect(complaints).toEqual([
      'not compared: the scenario differs: "steady" and "churn"',
      'not compared: the seed differs: 100 and 101, and who leaves when is drawn from it: give both runs the same --seed 100',
    ]);
    expect([code, stdout]).toEqual([3, '']);
  });

  test('prints JSON', async () => {
    const { stdout } = await compare([2000, 3000], { more: ['--json'] });
    expect(JSON.parse(stdout)).toMatchObject({ x: 2000, trials: [5, 5], refusals: [] });
  });

  test.each([
    [['A.json'], 'give A.json and B.json'],
    [['/nowhere.json', '/nowhere.json'], '/nowhere.json cannot be read'],
    [['package.json', 'package.json'], 'package.json is "no result at schema"'],
    [['README.md', 'README.md'], 'README.md is no JSON'],
  ])('wrong usage exits 2 with one line: %j', async (args, message) => {
    const { code, complaints } = await runHere(['bench', 'compare', ...args]);
    expect(complaints.join('\n')).toContain(message);
    expect(code).toBe(2);
  });
});
