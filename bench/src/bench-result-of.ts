import { createHash } from 'node:crypto';
import { scheduleDigest } from './publisher/schedule.ts';
import type {
  BenchResult,
  BenchTarget,
  Capacity,
  Host,
  RestBeside,
  Search,
  SloTree,
  Trial,
  Verdict,
} from './results/bench-result.ts';
import type { BenchOptions } from './run-bench.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Load } from './settings.ts';
import { evaluateSlo } from './slo/evaluate-slo.ts';

/** All that a run has found. */
export interface Found {
  readonly options: BenchOptions;
  readonly load: Load;
  readonly scenario: Scenario;
  readonly target: BenchTarget;
  readonly host: Host;
  readonly slo: SloTree | undefined;
  readonly trials: readonly Trial[];
  readonly rest?: RestBeside | undefined;
  readonly search?: Search;
  readonly capacity?: Capacity;
  readonly startedAt: string;
  readonly durationMs: number;
}

/** A run as `bench.json` has it. */
export function resultOf(found: Found): BenchResult {
  const { options, load, scenario, target, host, slo, trials, capacity, startedAt } = found;
  const scheduleSha256 = scheduleDigest(scenario.schedule(load));
  return {
    schema: 'sse-bench/1',
    id: createHash('sha256').update(`${startedAt} ${target.url} ${scheduleSha256}`).digest('hex').slice(0, 12),
    seed: load.seed,
    startedAt,
    durationMs: Math.round(found.durationMs),
    ...(options.signal?.aborted ? { interrupted: true } : {}),
    tool: options.tool,
    host,
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
    verdict: verdictOf(found),
    clock: { method: 'one host: CLOCK_MONOTONIC', offsetUs: 0, boundUs: 0 },
    trials,
    ...(found.rest ? { rest: found.rest } : {}),
    ...(found.search ? { search: found.search } : {}),
    ...(capacity ? { capacity } : {}),
  };
}

/**
 * As good as the worst of the trials; of a search, which has run what was invalid again, invalid only where it found
 * nothing because of that. Nothing is said of the objective where the run is invalid or was interrupted, nor where a search
 * had to end before a load passed: the lower ones were never tried.
 */
function verdictOf({ options, target, trials, slo, search, capacity }: Found): Verdict {
  const interrupted = options.signal?.aborted === true;
  const usable = trials.filter(({ validity }) => validity !== 'invalid');
  const spared = search ? search.stop !== 'invalid' : interrupted;
  const counted = spared && usable.length > 0 ? usable : trials;
  if (counted.length === 0) {
    const why = interrupted ? 'it was interrupted' : 'its time ended';
    return { validity: 'invalid', reasons: [`${why} before anything was measured`] };
  }
  const strayed = strayedShare(target);
  const reasons = [...new Set(counted.flatMap((trial) => trial.reasons)), ...strayed];
  const worst = (['invalid', 'suspect'] as const).find((validity) => counted.some((one) => one.validity === validity));
  const verdict = { validity: worst ?? (strayed.length > 0 ? 'suspect' : 'valid'), reasons } as const;
  if (!slo || verdict.validity === 'invalid' || interrupted) return verdict;
  if (capacity) return { ...verdict, slo: 'met', ...bindingOf(capacity) };
  if (search) return search.stop === 'nothing-passes' ? { ...verdict, slo: 'missed' } : verdict;
  const outcomes = trials.map((trial) => evaluateSlo(slo, trial));
  const missed = outcomes.find(({ met }) => !met);
  const binding = (missed ?? outcomes.at(-1))?.binding;
  return { ...verdict, slo: missed ? 'missed' : 'met', ...(binding === undefined ? {} : { binding }) };
}

/** Timers that were late let a server run for more, or less, than its share. */
function strayedShare({ cpuShare }: BenchTarget): string[] {
  if (!cpuShare || Math.abs(cpuShare.ran / cpuShare.asked - 1) <= 0.1) return [];
  const percent = (part: number): string => `${Math.round(100 * part)} %`;
  return [`the server ran ${percent(cpuShare.ran)} of the time, and ${percent(cpuShare.asked)} was asked for`];
}

function bindingOf({ binding }: Capacity): { binding?: string } {
  return binding === undefined ? {} : { binding };
}
