import { expect, test } from 'vitest';
import type { BenchResult } from '../results/bench-result.ts';
import { type BenchOptions, runBench } from '../run-bench.ts';
import { populationNamed, populationOf } from './population.ts';

const access: BenchOptions['access'] = {
  request: { url: 'http://127.0.0.1:1/', method: 'GET', headers: {} },
  publish: async () => 'no-answer',
  control: { kill: async () => undefined, start: async () => undefined },
};

/** Interrupted before anything is measured: only what it would have done is told. */
function prepared(options: Pick<BenchOptions, 'scenario' | 'load'> & Partial<BenchOptions>): Promise<BenchResult> {
  const tool = { name: 'test', version: '0' };
  return runBench({ access, tool, ceiling: false, signal: AbortSignal.abort(), ...options }, () => undefined);
}

const burst = { name: 'one', rows: [{ offsetUs: 0, bytes: 80 }] };
const search = { axis: 'rate', slo: 'loss == 0', load: {} } as const;
const stays = { id: 0, kind: 'desk', joinAtMs: 0, leaveAtMs: 9000, faults: {}, steps: [] };

test.each<[Pick<BenchOptions, 'scenario' | 'load'> & Partial<BenchOptions>, string]>([
  [{ ...search, scenario: 'burst', burst }, 'axis is "rate"; give streams: what burst publishes has no rate'],
  [{ ...search, scenario: 'storm' }, 'axis is "rate"; give streams: what storm publishes has no rate'],
  [{ scenario: 'steady', load: {}, burst }, 'scenario is "steady"; give burst beside --traffic, or no --traffic'],
  [
    { scenario: 'churn', load: {}, population: populationNamed('mobile') },
    'scenario is "churn"; give population beside --population, or no --population',
  ],
  [
    { ...search, scenario: 'population', population: populationOf('two.json', [stays, stays] as never) },
    'axis is "rate"; give it with a population that has a name',
  ],
])('what a scenario cannot use is refused before anything is measured: %#', async (options, message) => {
  await expect(prepared(options)).rejects.toThrow(message);
});
