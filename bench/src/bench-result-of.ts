import { createHash } from 'node:crypto';
import { scheduleDigest } from './publisher/schedule.ts';
import type { BenchResult, BenchTarget, Capacity, Models, SloTree, Trial, Verdict } from './results/bench-result.ts';
import type { BenchOptions } from './run-bench.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { thisHost } from './server-use/host-figures.ts';
import type { Load } from './settings.ts';
import { evaluateSlo } from './slo/evaluate-slo.ts';

/** All that a run has found. */
export interface Found {
  readonly options: BenchOptions;
  readonly load: Load;
  readonly scenario: Scenario;
  readonly target: BenchTarget;
  readonly slo: SloTree | undefined;
  readonly trials: readonly Trial[];
  readonly capacity?: Capacity;
  readonly model?: BenchResult['model'];
  readonly startedAt: string;
  readonly durationMs: number;
}

/** A run as `bench.json` has it. */
export function resultOf(found: Found): BenchResult {
  const { options, load, scenario, target, slo, trials, capacity, startedAt } = found;
  const scheduleSha256 = scheduleDigest(scenario.schedule(load));
  const { hostname } = new URL(target.url);
  return {
    schema: 'sse-bench/1',
    id: createHash('sha256').update(`${startedAt} ${target.url} ${scheduleSha256}`).digest('hex').slice(0, 12),
    seed: load.seed,
    startedAt,
    durationMs: Math.round(found.durationMs),
    tool: options.tool,
    host: thisHost(/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname), target.pid),
    target,
    plan: {
      scenario: scenario.name,
      params: {
        ...load,
        ...(options.burst ? { traffic: options.burst.name } : {}),
        ...(options.population ? { population: options.population.name } : {}),
      },
      scheduleSha256,
    },
    ...(slo && options.slo !== undefined ? { slo: { expr: options.slo, ast: slo } } : {}),
    verdict: verdictOf(trials, slo, capacity, options.axis !== undefined),
    clock: { method: 'one host: CLOCK_MONOTONIC', offsetUs: 0, boundUs: 0 },
    trials,
    ...(capacity ? { capacity } : {}),
    ...(found.model ? { model: found.model as Models } : {}),
  };
}

/**
 * As good as the worst of the trials; of a search, which has run what was invalid again, invalid only where it found
 * nothing because of that. Nothing is said of the objective where the run is invalid.
 */
function verdictOf(
  trials: readonly Trial[],
  slo: SloTree | undefined,
  capacity: Capacity | undefined,
  searched: boolean,
): Verdict {
  const counted = searched && capacity ? trials.filter(({ validity }) => validity !== 'invalid') : trials;
  const reasons = [...new Set(counted.flatMap((trial) => trial.reasons))];
  const worst = (['invalid', 'suspect'] as const).find((validity) => counted.some((one) => one.validity === validity));
  const verdict = { validity: worst ?? 'valid', reasons } as const;
  if (!slo || verdict.validity === 'invalid') return verdict;
  if (searched) return { ...verdict, slo: capacity ? 'met' : 'missed', ...bindingOf(capacity) };
  const outcomes = trials.map((trial) => evaluateSlo(slo, trial));
  const missed = outcomes.find(({ met }) => !met);
  const binding = (missed ?? outcomes.at(-1))?.binding;
  return { ...verdict, slo: missed ? 'missed' : 'met', ...(binding === undefined ? {} : { binding }) };
}

function bindingOf(capacity: Capacity | undefined): { binding?: string } {
  return capacity?.binding === undefined ? {} : { binding: capacity.binding };
}
