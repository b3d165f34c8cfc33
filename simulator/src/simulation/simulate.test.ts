import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { drawScenario } from './draw-scenario.ts';
import { wordsOf } from './outcome.ts';
import { simulate } from './simulate.ts';

const seeds = Array.from({ length: 8 }, (_, at) => at + 1);

describe('a run', () => {
  test('has one course: the same seed gives the same digest of all that happened, twice in one process', async () => {
    const digests = async (): Promise<string[]> =>
      Promise.all(seeds.map(async (seed) => (await simulate(drawScenario(seed))).digest));
    const first = await digests();
    expect(await digests()).toEqual(first);
    expect(new Set(first).size).toBe(seeds.length);
  });

  test('has the same course in another process', async () => {
    const program = `
      const [{ simulate }, { drawScenario }] = await Promise.all(['simulate', 'draw-scenario'].map(
        (name) => import(${JSON.stringify(import.meta.dirname)} + '/' + name + '.ts')));
      console.log((await simulate(drawScenario(5))).digest);`;
    const flags = ['--conditions=@ssert/source', '--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: join(import.meta.dirname, '../..') });
    const { digest } = await simulate(drawScenario(5));
    expect(stdout.trim()).toBe(digest);
  });

  test('tells all that happens to who asks for it', async () => {
    const lines: string[] = [];
    await simulate(drawScenario(3), { trace: (line) => lines.push(line) });
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.some((line) => line.includes('requested'))).toBe(true);
  });
});

test('a thousand seeds keep every invariant, and come to every kind of trouble', async () => {
  const total = { delivered: 0, dropped: 0, resets: 0, requests: 0 };
  for (let seed = 1; seed <= 1000; seed += 1) {
    const outcome = await simulate(drawScenario(seed));
    expect(outcome.result, wordsOf(outcome)).toBe('passed');
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += outcome.counts[name];
  }
  expect(total.delivered).toBeGreaterThan(100_000);
  for (const count of Object.values(total)) expect(count).toBeGreaterThan(500);
});
