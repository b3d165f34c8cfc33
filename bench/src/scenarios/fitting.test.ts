import { expect, test, vi } from 'vitest';
import type { BenchResult } from '../results/bench-result.ts';
import { type BenchOptions, runBench } from '../run-bench.ts';
import type { Tell } from '../trial/progress.ts';
import type { RunTrial } from '../trials.ts';
import { neverShortened } from './fitting.ts';
import { herd } from './herd.ts';
import { populationNamed, populationOf } from './population.ts';
import { steady } from './steady.ts';

const access: BenchOptions['access'] = {
  request: { url: 'http://127.0.0.1:1/', method: 'GET', headers: {} },
  publish: async () => 'no-answer',
  control: { kill: async () => undefined, start: async () => undefined },
};

/** Interrupted before anything is measured: only what it would have done is told. */
function prepared(
  options: Pick<BenchOptions, 'scenario' | 'load'> & Partial<BenchOptions>,
  tell: Tell = () => undefined,
): Promise<BenchResult> {
  const tool = { name: 'test', version: '0' };
  return runBench({ access, tool, ceiling: false, signal: AbortSignal.abort(), ...options }, tell);
}

const burst = { name: 'one', rows: [{ offsetUs: 0, bytes: 80 }] };
const search = { axis: 'rate', slo: 'loss == 0', load: {} } as const;
const stays = { id: 0, kind: 'desk', joinAtMs: 0, leaveAtMs: 9000, faults: {}, steps: [] };

test.each<[Pick<BenchOptions, 'scenario' | 'load'> & Partial<BenchOptions>, string]>([
  [{ ...search, scenario: 'burst', burst }, 'axis is "rate"; give streams: what burst publishes has no rate'],
  [{ ...search, scenario: 'storm' }, 'axis is "rate"; give streams: what storm publishes has no rate'],
  [{ ...search, axis: 'connectRate', scenario: 'steady' }, 'axis is "connectRate"; give streams or rate: only storm'],
  [{ scenario: 'steady', load: {}, burst }, 'scenario is "steady"; give burst beside --traffic, or no --traffic'],
  [
    { scenario: 'churn', load: {}, population: populationNamed('mobile') },
    'scenario is "churn"; give population beside --population, or no --population',
  ],
  [
    { ...search, scenario: 'population', population: populationOf('two.json', [stays, stays] as never) },
    'axis is "rate"; give it with a population that has a name',
  ],
  [
    { scenario: 'herd', load: { durationMs: 16_999 } },
    'durationMs is "16.999s"; give 17s or more, or a lesser --kill-at',
  ],
  [{ scenario: 'steady', load: {}, budgetMs: 1000 }, 'budgetMs is "1s"; give an objective (--slo) beside it'],
  [{ scenario: 'herd', load: { durationMs: 20_000, killAtMs: 15_000 } }, 'durationMs is "20s"; give 22s or more'],
])('what a scenario cannot use is refused before anything is measured: %#', async (options, message) => {
  await expect(prepared(options)).rejects.toThrow(message);
});

test.each([
  ['over TLS', { url: 'https://127.0.0.1:1/' }, { resets: 0.5 }, /over TLS/],
  ['over HTTP/2', { protocol: 'h2' }, { resets: 0.5 }, /over HTTP\/2/],
  ['but not over plain HTTP/1.1', {}, { resets: 0.5 }, undefined],
  ['nor where nobody asked for any', { protocol: 'h2' }, {}, undefined],
] as const)('resets that make no difference are told: %s', async (_, request, load, note) => {
  const notes: string[] = [];
  const told = { ...access, request: { ...access.request, ...request } };
  await prepared({ scenario: 'churn', load, access: told }, (event) => {
    if (event.kind === 'note') notes.push(event.message);
  });
  expect(notes.filter((message) => message.startsWith('resets'))).toEqual(note ? [expect.stringMatching(note)] : []);
});

test('a herd is measured until it can be back, where nobody says for how long', async () => {
  const slo = 'p99(delivery) < 1s';
  const [quick, late, searched] = await Promise.all([
    prepared({ scenario: 'herd', load: {}, effort: 'quick' }),
    prepared({ scenario: 'herd', load: { killAtMs: 90_000, downMs: 1000 } }),
    prepared({ scenario: 'herd', load: { killAtMs: 30_000 }, axis: 'streams', slo, effort: 'quick' }),
  ]);
  expect([quick, late, searched].map(({ plan }) => plan.params.durationMs)).toEqual([17_000, 96_000, 37_000]);
});

test('a search shortens no trial of a herd, and those of other scenarios as before', () => {
  const asked = { purpose: 'double', restart: false, long: false } as const;
  const trial = vi.fn<RunTrial>();
  void neverShortened(trial, herd)(100, 0, asked);
  void neverShortened(trial, steady)(100, 0, asked);
  expect(trial.mock.calls.map(([, , request]) => request?.long)).toEqual([true, false]);
});
