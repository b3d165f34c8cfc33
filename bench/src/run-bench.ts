import { SettingError, seededRandom } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { type BenchAccess, checkAccess, targetOf } from './access.ts';
import { resultOf } from './bench-result-of.ts';
import { besideStreams } from './closed-loop/beside-streams.ts';
import type { RestLoad } from './closed-loop/rest-load.ts';
import { modelled, usualProjections } from './model/modelled.ts';
import type { Schedule } from './publisher/schedule.ts';
import type { BenchResult, Capacity, ScenarioName, Search, SloTree, Trial } from './results/bench-result.ts';
import type { Burst } from './scenarios/burst.ts';
import { lengthened, neverShortened, requireFitting, unheeded } from './scenarios/fitting.ts';
import { scenarioNamed } from './scenarios/index.ts';
import type { Population } from './scenarios/population.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { type EffortName, efforts, enoughFor } from './search/effort.ts';
import { searchCapacity } from './search/search-capacity.ts';
import { certainPerS, generatorCeiling, highestLoad } from './self-check/ceiling.ts';
import { CpuShare } from './server-use/cpu-share.ts';
import { pinnedApart, thisHost } from './server-use/host-figures.ts';
import { processTree } from './server-use/process-figures.ts';
import { type GivenLoad, type Load, resolveLoad } from './settings.ts';
import { parseSlo, requireMeasurable } from './slo/parse-slo.ts';
import { restAndLook } from './trial/leak.ts';
import { noted } from './trial/noted.ts';
import type { Tell } from './trial/progress.ts';
import { type RunTrial, trialsOf } from './trials.ts';

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
  /** Default `full`. */
  readonly effort?: EffortName | undefined;
  /** No trial of a search begins after this much time. Default: by effort, 25 minutes or 4. */
  readonly budgetMs?: number | undefined;
  /** How many nodes, processes or cores serve the target together. Default 1. */
  readonly nodes?: number | undefined;
  /** Results of searches on other numbers of nodes: with six numbers in all, a search is projected. */
  readonly scaling?: readonly BenchResult[] | undefined;
  /** Streams that a search is projected to. Default a million and ten million. */
  readonly projectTo?: readonly number[] | undefined;
  /** Lets the server run only this share of the time, above 0 and below 1, so that the generator is not the limit. Default: all. */
  readonly cpuShare?: number | undefined;
  /** Requests in a closed loop beside the streams: measured alone first, then the streams without them and with them. */
  readonly beside?: RestLoad | undefined;
  /** Threads that receive. Default 1. */
  readonly workers?: number;
  /** Whether the generator is measured against a server that does nothing, first, where the load is not small. Default true. */
  readonly ceiling?: boolean;
  readonly tool: BenchResult['tool'];
  /** Ends the run: the result then has what was measured until there. */
  readonly signal?: AbortSignal;
}

/**
 * Measures a server at one load, or searches the highest load that keeps an objective.
 * @throws SettingError that names a setting
 */
export async function runBench(options: BenchOptions, tell: Tell): Promise<BenchResult> {
  const startedAtMs = systemClock.now();
  const startedAt = new Date(systemClock.wallTime()).toISOString();
  const { workers = 1, signal = new AbortController().signal } = options;
  const scenario = scenarioNamed(options.scenario, options.burst, options.population);
  const slo = options.slo === undefined ? undefined : parseSlo(options.slo);
  const load = loadOf(options, scenario, slo);
  checkAccess(options, load, scenario);
  requireFitting(options, load, scenario);
  const ignored = unheeded(options, scenario);
  if (ignored !== undefined) tell({ kind: 'note', message: ignored });
  using share = options.cpuShare === undefined ? undefined : new CpuShare(options.cpuShare);
  const follow = async (): Promise<void> => {
    const pid = options.access.pid?.();
    if (pid !== undefined) await share?.follow(processTree(pid), pinnedApart(pid)?.server);
  };
  const access = followed(options.access, follow);
  const target = { ...targetOf(access), ...(options.nodes === undefined ? {} : { nodes: options.nodes }) };
  // As it is now: a server that is started again is another process.
  const host = thisHost(target);
  if (slo) requireMeasurable(slo, target.mode, { process: access.pid !== undefined });
  if (options.axis && !slo) throw new SettingError('axis', options.axis, 'an objective beside it (--slo EXPR)');
  let ceilingPerS: number | undefined;
  const perStreamPerS = scenario.ownTimes ? meanRate(scenario.schedule(load), load) : load.rate;
  const isCertain = options.axis === undefined && load.streams * perStreamPerS <= certainPerS;
  if (scenario.publishes && options.ceiling !== false && !isCertain) {
    tell({ kind: 'note', message: 'what the generator can take, from a server that does nothing else' });
    const { request } = access;
    ceilingPerS = await generatorCeiling({ ...load, request, workers, serverCpus: host.pinned?.server }, signal);
  }
  const trial = trialsOf({ ...options, access, workers, signal, load, scenario, ceilingPerS, slo, follow, tell });
  const found =
    slo && options.axis
      ? await search(options, load, slo, neverShortened(trial, scenario), { ceilingPerS, perStreamPerS })
      : options.beside
        ? await besideStreams(options.beside, load, trial, signal, tell)
        : { trials: await measured(options, load, scenario, trial, tell) };
  const result = resultOf({
    options,
    load,
    scenario,
    target: share ? { ...target, cpuShare: { asked: share.share, ran: share.ran ?? 1 } } : target,
    host,
    slo,
    ...found,
    startedAt,
    durationMs: systemClock.now() - startedAtMs,
  });
  if (!options.axis) return result;
  const { scaling = [], projectTo: streams = usualProjections } = options;
  const restarted = access.control !== undefined;
  return modelled(result, { scaling, streams, restarted, random: seededRandom(load.seed) });
}

/** The same access, where a server that is started again is followed from its begin on. */
function followed(access: BenchAccess, follow: () => Promise<void>): BenchAccess {
  const { control } = access;
  if (!control) return access;
  const start = async (): Promise<void> => {
    await control.start();
    await follow();
  };
  return { ...access, control: { kill: () => control.kill(), start } };
}

/** What is given, and for the rest what the scenario and the effort say. */
function loadOf({ load, axis, effort }: BenchOptions, scenario: Scenario, slo: SloTree | undefined): Load {
  const byEffort = axis || effort === 'quick' ? efforts[effort ?? 'full'].sure : {};
  const all = resolveLoad({ ...scenario.defaults, ...byEffort, ...load });
  if (load.durationMs !== undefined) return all;
  return lengthened(axis && slo ? enoughFor(slo, all, efforts[effort ?? 'full']) : all, scenario);
}

const notLookedFor = "not looked for: that needs the server's process (--start COMMAND or --pid N)";

/** One trial, or as many as the scenario is made of. */
async function measured(
  { access, signal }: BenchOptions,
  load: Load,
  scenario: Scenario,
  trial: RunTrial,
  tell: Tell,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  const first =
    scenario.first && !signal?.aborted
      ? await trial(load.streams, 0, undefined, { load: scenario.first(load) })
      : undefined;
  if (first) trials.push(first);
  const { pid } = access;
  const look =
    scenario.cycles !== undefined && pid
      ? restAndLook(() => processTree(pid()), access.openStreams, load, signal, tell)
      : undefined;
  for (let cycle = 0; cycle < (scenario.cycles ?? 1) && !signal?.aborted; cycle += 1) {
    const alone = await trial(load.streams, trials.length);
    const beside = first && scenario.besideFirst?.(first, alone);
    const one = beside ? noted(alone, beside) : alone;
    trials.push((signal?.aborted ? undefined : await look?.(one)) ?? one);
  }
  if (scenario.cycles === undefined || look) return trials;
  return trials.map((one) => noted(one, { leaks: notLookedFor }));
}

async function search(
  { axis = 'streams', effort = 'full', budgetMs, signal }: BenchOptions,
  load: Load,
  slo: SloTree,
  trial: RunTrial,
  { ceilingPerS, perStreamPerS }: { readonly ceilingPerS: number | undefined; readonly perStreamPerS: number },
): Promise<{ trials: readonly Trial[]; search: Search; capacity?: Capacity }> {
  const outcome = await searchCapacity({
    ...efforts[effort],
    axis,
    slo,
    trial,
    start: load[axis],
    // Beyond it a trial would be invalid.
    ...(ceilingPerS === undefined
      ? {}
      : { ceiling: highestLoad(ceilingPerS, axis, { streams: load.streams, perStreamPerS }) }),
    ...(budgetMs === undefined ? {} : { budgetMs }),
    ...(signal ? { signal } : {}),
    clock: systemClock,
    random: seededRandom(load.seed),
  });
  const { trials, stop, capacity } = outcome;
  return { trials, search: { axis, stop }, ...(capacity ? { capacity } : {}) };
}

/** Events a second that a stream gets of a traffic that is played. */
function meanRate({ atUs }: Schedule, { topics, durationMs }: Load): number {
  return (atUs.length * 1000) / (topics * durationMs);
}
