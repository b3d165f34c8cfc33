import { createHash } from 'node:crypto';
import { SettingError } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import type { StreamRequest } from './engine/receiver-plan.ts';
import type { Publish } from './publisher/publisher.ts';
import { scheduleDigest } from './publisher/schedule.ts';
import type { BenchResult, ScenarioName, Trial, Verdict } from './results/bench-result.ts';
import { runTrial } from './run-trial.ts';
import type { Burst } from './scenarios/burst.ts';
import { scenarioNamed } from './scenarios/index.ts';
import type { Scenario, ServerControl } from './scenarios/scenario.ts';
import { generatorCeiling } from './self-check/ceiling.ts';
import { thisHost } from './server-use/host-figures.ts';
import { processTree } from './server-use/process-figures.ts';
import { type GivenLoad, type Load, resolveLoad } from './settings.ts';
import type { Tell } from './trial/progress.ts';

/** What a run may use of the server: handed in, so that this workspace needs no way of its own to start or reach one. */
export interface BenchAccess {
  readonly request: StreamRequest;
  readonly publish?: Publish | undefined;
  /** The process that serves, where it is on this machine; what it has started counts as well. */
  readonly pid?: (() => number) | undefined;
  readonly control?: ServerControl | undefined;
}

export interface BenchOptions {
  readonly access: BenchAccess;
  readonly scenario: ScenarioName;
  readonly load: GivenLoad;
  /** What `burst` plays. */
  readonly burst?: Burst | undefined;
  /** Threads that receive. Default 1. */
  readonly workers?: number;
  /** Whether the generator is measured against a server that does nothing, first. Default true. */
  readonly ceiling?: boolean;
  readonly tool: BenchResult['tool'];
  readonly signal?: AbortSignal;
}

/** Measures at one load: what a capacity search asks for, again and again. @param x streams */
export type RunTrial = (x: number, rep: number) => Promise<Trial>;

/**
 * Measures once at the load that is given.
 * @throws SettingError that names a setting
 */
export async function runBench(options: BenchOptions, tell: Tell): Promise<BenchResult> {
  const startedAtMs = systemClock.now();
  const startedAt = new Date(systemClock.wallTime()).toISOString();
  const scenario = scenarioNamed(options.scenario, options.burst);
  const load = resolveLoad({ ...scenario.defaults, ...options.load });
  checkAccess(options, load, scenario);
  const signal = options.signal ?? new AbortController().signal;
  let ceilingPerS: number | undefined;
  if (scenario.publishes && options.ceiling !== false) {
    tell({ kind: 'note', message: 'what the generator can take, from a server that does nothing else' });
    ceilingPerS = await generatorCeiling({ ...load, workers: options.workers ?? 1 }, signal);
  }
  const trial = trialsOf(options, load, scenario, ceilingPerS, tell);
  const trials: Trial[] = [];
  if (scenario.without) {
    const without = trialsOf(options, scenario.without(load), scenario, ceilingPerS, tell);
    trials.push(await without(load.streams, 0));
  }
  for (let cycle = 0; cycle < (scenario.cycles ?? 1); cycle += 1) trials.push(await trial(load.streams, trials.length));
  return benchResult(options, load, scenario, trials, startedAt, systemClock.now() - startedAtMs);
}

/** Trials of one scenario at several numbers of streams: the seam to a capacity search. */
export function trialsOf(
  options: BenchOptions,
  load: Load,
  scenario: Scenario,
  ceilingPerS: number | undefined,
  tell: Tell,
): RunTrial {
  const { access } = options;
  return (x, rep) =>
    runTrial({
      scenario,
      load: { ...load, streams: x, seed: load.seed + rep },
      x,
      rep,
      request: access.request,
      topics: topicNames(load.topics),
      publish: access.publish,
      serverPids: () => (access.pid === undefined ? [] : processTree(access.pid())),
      control: access.control,
      workers: options.workers ?? 1,
      ceilingPerS,
      latencyLimitUs: 0,
      signal: options.signal ?? new AbortController().signal,
      tell,
    });
}

function benchResult(
  options: BenchOptions,
  load: Load,
  scenario: Scenario,
  trials: readonly Trial[],
  startedAt: string,
  durationMs: number,
): BenchResult {
  const { url } = options.access.request;
  const { hostname, protocol } = new URL(url);
  const params = { ...load, ...(options.burst ? { traffic: options.burst.name } : {}) };
  const scheduleSha256 = scheduleDigest(scenario.schedule(load));
  const pid = options.access.pid?.();
  return {
    schema: 'sse-bench/1',
    id: createHash('sha256').update(`${startedAt} ${url} ${scheduleSha256}`).digest('hex').slice(0, 12),
    seed: load.seed,
    startedAt,
    durationMs,
    tool: options.tool,
    host: thisHost(/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)),
    target: {
      url: withoutCredentials(url),
      protocol: 'http/1.1',
      tls: protocol === 'https:',
      mode: options.access.publish ? 'published' : 'opaque',
      ...(pid === undefined ? {} : { pid }),
    },
    plan: { scenario: scenario.name, params, scheduleSha256 },
    verdict: verdictOf(trials),
    clock: { method: 'one host: CLOCK_MONOTONIC', offsetUs: 0, boundUs: 0 },
    trials,
  };
}

/** As good as the worst of the trials. */
function verdictOf(trials: readonly Trial[]): Verdict {
  const reasons = [...new Set(trials.flatMap((trial) => trial.reasons))];
  const worst = (['invalid', 'suspect'] as const).find((validity) =>
    trials.some((trial) => trial.validity === validity),
  );
  return { validity: worst ?? 'valid', reasons };
}

function checkAccess(
  { access, scenario, burst }: BenchOptions,
  load: Load,
  { publishes, needsControl }: Scenario,
): void {
  const hasChannels = access.request.url.includes('{channel}');
  if (load.topics > 1 && !hasChannels) {
    throw new SettingError('topics', load.topics, '1, or {channel} in the URL, which stands for the topic');
  }
  if (needsControl && !access.control) {
    throw new SettingError('scenario', scenario, 'a command that starts the server beside it (--start COMMAND)');
  }
  if (scenario === 'burst' && !burst) {
    throw new SettingError('scenario', scenario, 'what it plays beside it (--traffic PROFILE or TRACE.csv)');
  }
  if (publishes && !access.publish) {
    throw new SettingError('scenario', scenario, 'a way to publish beside it (--publish URL), or storm');
  }
}

function topicNames(topics: number): string[] {
  return Array.from({ length: topics }, (_, topic) => `bench-${topic}`);
}

function withoutCredentials(url: string): string {
  const shown = new URL(url.replaceAll('{channel}', 'CHANNEL'));
  shown.username = '';
  shown.password = '';
  return shown.href;
}
