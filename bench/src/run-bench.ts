import { SettingError, seededRandom } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { type BenchAccess, checkAccess, targetOf, topicNames } from './access.ts';
import { resultOf } from './bench-result-of.ts';
import { modelsOf } from './model/models-of.ts';
import type { BenchResult, Capacity, ScenarioName, SloTree, Trial } from './results/bench-result.ts';
import { runTrial } from './run-trial.ts';
import type { Burst } from './scenarios/burst.ts';
import { scenarioNamed } from './scenarios/index.ts';
import type { Population } from './scenarios/population.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { searchCapacity } from './search/search-capacity.ts';
import type { TrialRequest } from './search/trial-request.ts';
import { generatorCeiling } from './self-check/ceiling.ts';
import { limits } from './self-check/limits.ts';
import { judgedByMoreThreads, wantsMoreThreads } from './self-check/more-threads.ts';
import { processTree } from './server-use/process-figures.ts';
import { type GivenLoad, type Load, resolveLoad } from './settings.ts';
import { comparisons, parseSlo, requireMeasurable } from './slo/parse-slo.ts';
import { restAndLook } from './trial/leak.ts';
import type { Tell } from './trial/progress.ts';

export interface BenchOptions {
  readonly access: BenchAccess;
  readonly scenario: ScenarioName;
  readonly load: GivenLoad;
  /** What `burst` plays. */
  readonly burst?: Burst | undefined;
  /** Whom `population` plays. */
  readonly population?: Population | undefined;
  /** An objective, such as `p99(delivery) < 250ms && loss == 0`. */
  readonly slo?: string | undefined;
  /** What a capacity search changes, from the given load on. Without it the load is measured as it is. */
  readonly axis?: Capacity['axis'] | undefined;
  /** No trial of a search begins after this much time. Default: no limit. */
  readonly budgetMs?: number | undefined;
  /** Threads that receive. Default 1. */
  readonly workers?: number;
  /** Whether the generator is measured against a server that does nothing, first. Default true. */
  readonly ceiling?: boolean;
  readonly tool: BenchResult['tool'];
  readonly signal?: AbortSignal;
}

/** Measures at one load: what a capacity search asks for, again and again. @param x streams, or publishes/s on a topic */
export type RunTrial = (x: number, rep: number, request?: TrialRequest) => Promise<Trial>;

/** A short trial of a search only has to find the way. */
const shortMs = { durationMs: 10_000, settleMaxMs: 20_000 };

/**
 * Measures a server at one load, or searches the highest load that keeps an objective.
 * @throws SettingError that names a setting
 */
export async function runBench(options: BenchOptions, tell: Tell): Promise<BenchResult> {
  const startedAtMs = systemClock.now();
  const startedAt = new Date(systemClock.wallTime()).toISOString();
  const { access, workers = 1, signal = new AbortController().signal } = options;
  const scenario = scenarioNamed(options.scenario, options.burst, options.population);
  const load = resolveLoad({ ...scenario.defaults, ...options.load });
  checkAccess(options, load, scenario);
  const target = targetOf(access);
  const slo = options.slo === undefined ? undefined : parseSlo(options.slo);
  if (slo) requireMeasurable(slo, target.mode, { process: access.pid !== undefined });
  if (options.axis && !slo) throw new SettingError('axis', options.axis, 'an objective beside it (--slo EXPR)');
  let ceilingPerS: number | undefined;
  if (scenario.publishes && options.ceiling !== false) {
    tell({ kind: 'note', message: 'what the generator can take, from a server that does nothing else' });
    ceilingPerS = await generatorCeiling({ ...load, workers }, signal);
  }
  const trial = trialsOf({ ...options, workers, signal }, load, scenario, ceilingPerS, slo, tell);
  const found =
    slo && options.axis
      ? await search(options, load, slo, trial, ceilingPerS)
      : { trials: await measured(options, load, scenario, trial, tell) };
  return resultOf({
    options,
    load,
    scenario,
    target,
    slo,
    ...found,
    startedAt,
    durationMs: systemClock.now() - startedAtMs,
  });
}

/** One trial, or as many as the scenario is made of. */
async function measured(
  { access, signal }: BenchOptions,
  load: Load,
  scenario: Scenario,
  trial: ReturnType<typeof trialsOf>,
  tell: Tell,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  if (scenario.first) trials.push(await trial(load.streams, 0, undefined, scenario.first(load)));
  const { pid } = access;
  const look =
    scenario.cycles !== undefined && pid ? restAndLook(() => processTree(pid()), load, signal, tell) : undefined;
  for (let cycle = 0; cycle < (scenario.cycles ?? 1); cycle += 1) {
    const one = await trial(load.streams, trials.length);
    trials.push((await look?.(one)) ?? one);
  }
  return trials;
}

async function search(
  { axis = 'streams', budgetMs }: BenchOptions,
  load: Load,
  slo: SloTree,
  trial: RunTrial,
  ceilingPerS: number | undefined,
): Promise<{ trials: readonly Trial[]; capacity?: Capacity; model: BenchResult['model'] }> {
  const random = seededRandom(load.seed);
  const perUnit = axis === 'streams' ? load.rate : load.streams;
  const outcome = await searchCapacity({
    axis,
    slo,
    trial,
    start: axis === 'streams' ? load.streams : load.rate,
    // Beyond it a trial would be invalid.
    ...(ceilingPerS === undefined || perUnit === 0
      ? {}
      : { ceiling: Math.floor((limits.ofCeiling * ceilingPerS) / perUnit) }),
    ...(budgetMs === undefined ? {} : { budgetMs }),
    clock: systemClock,
    random,
  });
  const { trials, capacity } = outcome;
  return { trials, model: modelsOf(trials, [], random), ...(capacity ? { capacity } : {}) };
}

/** Trials of one scenario at several loads: the seam to a capacity search. */
function trialsOf(
  { access, axis, workers, signal }: BenchOptions & { readonly workers: number; readonly signal: AbortSignal },
  load: Load,
  scenario: Scenario,
  ceilingPerS: number | undefined,
  slo: SloTree | undefined,
  tell: Tell,
): (x: number, rep: number, request?: TrialRequest, instead?: Load) => Promise<Trial> {
  const { pid } = access;
  return async (x, rep, request, instead = load) => {
    if (request?.restart && access.control) {
      await access.control.kill();
      await access.control.start();
    }
    const short = request?.long === false ? shortMs : {};
    const measure = (threads: number): Promise<Trial> =>
      runTrial({
        scenario,
        load: { ...instead, ...least(instead, short), [axis ?? 'streams']: x, seed: instead.seed + rep },
        x,
        rep,
        request: access.request,
        topics: topicNames(load.topics),
        publish: access.publish,
        serverPids: () => (pid === undefined ? [] : processTree(pid())),
        control: access.control,
        workers: threads,
        ceilingPerS,
        latencyLimitUs: slo === undefined ? 0 : latencyLimitUs(slo),
        signal,
        tell,
      });
    const trial = await measure(workers);
    if (!wantsMoreThreads(trial) || signal.aborted) return trial;
    tell({ kind: 'note', message: 'again with twice the threads, to tell whose delay it is' });
    return judgedByMoreThreads(trial, await measure(2 * workers));
  };
}

function least(load: Load, { durationMs = load.durationMs, settleMaxMs = load.settleMaxMs }: GivenLoad): GivenLoad {
  return {
    durationMs: Math.min(load.durationMs, durationMs),
    settleMaxMs: Math.min(load.settleMaxMs, settleMaxMs),
  };
}

/** The strictest limit that the objective sets to a delivery's time; 0 where it sets none. */
export function latencyLimitUs(slo: SloTree): number {
  const upper = comparisons(slo).filter(
    ({ metric, operator }) => metric.endsWith('(delivery)') && operator.startsWith('<'),
  );
  return upper.length === 0 ? 0 : Math.min(...upper.map(({ limit }) => limit));
}
