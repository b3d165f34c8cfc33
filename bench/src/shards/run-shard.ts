import type { Clock } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { type BenchAccess, targetOf, topicNames } from '../access.ts';
import { resultOf } from '../bench-result-of.ts';
import { machineClock } from '../engine/clock-us.ts';
import type { BenchResult } from '../results/bench-result.ts';
import { certainPerS, generatorCeiling } from '../self-check/ceiling.ts';
import { thisHost } from '../server-use/host-figures.ts';
import { latencyLimitUs } from '../slo/latency-limit.ts';
import { parseSlo } from '../slo/parse-slo.ts';
import { publishesNeeded } from '../slo/publishes-needed.ts';
import type { Tell } from '../trial/progress.ts';
import { joinRun } from './join-client.ts';
import { startJoinServer } from './join-server.ts';
import { type MeasureOptions, measureShard } from './measure-shard.ts';
import { mergeShards } from './merge-shards.ts';
import { shardLoad } from './shard-load.ts';
import type { SecondRecord } from './shard-messages.ts';
import { planFingerprint, type ShardPlan, type ShardRange } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

export interface ShardRunOptions {
  readonly plan: ShardPlan;
  readonly index: number;
  readonly access: BenchAccess;
  /** Of the coordinator, such as `http://127.0.0.1:8790`. */
  readonly coordinator: string;
  /** Threads that receive. Default 1. */
  readonly workers?: number;
  /** How long to wait for other shards, each time. Default 5 min. */
  readonly waitMs?: number;
  /** Given what this shard found, before it is sent. */
  keep(result: ShardResult): Promise<void>;
  readonly tell: Tell;
}

export interface CoordinatorOptions extends Omit<ShardRunOptions, 'index' | 'coordinator'> {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tool: BenchResult['tool'];
  /** What the times of all shards are by. Default the machine's monotonic clock. */
  readonly clock?: Clock;
  onRecord?(record: SecondRecord): void;
}

/**
 * Runs a shard that receives, from joining to handing in what it found.
 * @throws SettingError where the plan cannot be run @throws ShardsMissing where the coordinator or other shards do not come
 */
export function runShard(options: ShardRunOptions): Promise<void> {
  return measured(options, () => undefined);
}

/**
 * Runs shard 0: lets the others join, publishes, holds the canary, and merges what all found. A shard that found nothing
 * makes the result invalid.
 * @throws SettingError where the plan cannot be run @throws ShardsMissing where other shards do not join, or do not open streams
 */
export async function coordinateShards(options: CoordinatorOptions): Promise<BenchResult> {
  const { plan, access, waitMs = 300_000, tell, clock = machineClock } = options;
  const { load, scenario } = shardLoad(plan);
  const startedAtMs = systemClock.now();
  const startedAt = new Date(systemClock.wallTime()).toISOString();
  await using server = await startJoinServer({
    plan,
    clock,
    ...options.listen,
    joinTimeoutMs: waitMs,
    ...(options.onRecord ? { onRecord: options.onRecord } : {}),
  });
  tell({ kind: 'note', message: `listens at ${server.url} for ${plan.shards.length - 1} shards` });
  await measured({ ...options, index: 0, coordinator: server.url, workers: 1 }, (rows) => server.publish(rows));
  const giveUp = clock.after(load.drainMs + waitMs, () => server.end());
  const results = await server.results;
  giveUp();
  const slo = plan.slo === undefined ? undefined : parseSlo(plan.slo);
  const target = targetOf(access);
  const found = resultOf({
    options: { access, scenario: scenario.name, load, slo: plan.slo, tool: options.tool },
    load,
    scenario,
    target,
    host: thisHost(target),
    slo,
    trials: [mergeShards(plan, results)],
    startedAt,
    durationMs: systemClock.now() - startedAtMs,
  });
  const most = (of: (clock: ShardResult['clock']) => number): number =>
    Math.max(0, ...results.map(({ clock }) => Math.abs(of(clock))));
  const clocks = {
    method: `${plan.shards.length} shards: probes of the coordinator's clock`,
    offsetUs: most(({ offsetUs }) => offsetUs),
    boundUs: most(({ boundUs }) => boundUs),
  };
  return { ...found, clock: clocks };
}

async function measured(options: ShardRunOptions, published: MeasureOptions['published']): Promise<void> {
  const { plan, index, access, coordinator, workers = 1, waitMs, tell } = options;
  const { load, scenario } = shardLoad(plan);
  const range = plan.shards.find((shard) => shard.index === index) as ShardRange;
  let ceilingPerS: number | undefined;
  // Shard 0 holds few streams. On one machine all shards do this at once, and share it as they will share it then.
  const streams = range.to - range.from;
  if (index > 0 && scenario.publishes && streams * load.rate > certainPerS) {
    tell({ kind: 'note', message: 'what this shard can take, from a server that does nothing else' });
    const { payloadBytes } = load;
    const { request } = access;
    ceilingPerS = await generatorCeiling({ request, streams, workers, payloadBytes }, new AbortController().signal);
  }
  const slo = plan.slo === undefined ? undefined : parseSlo(plan.slo);
  const { joined, ...found } = await measureShard({
    scenario,
    load,
    range,
    request: access.request,
    topics: topicNames(load.topics),
    publish: index === 0 ? access.publish : undefined,
    workers,
    ceilingPerS,
    latencyLimitUs: latencyLimitUs(slo),
    publishesNeeded: publishesNeeded(slo),
    join: () =>
      joinRun({
        url: coordinator,
        plan,
        index,
        clock: machineClock,
        ...(waitMs === undefined ? {} : { timeoutMs: waitMs }),
      }),
    published,
    tell,
  });
  await options.keep({ index, fingerprint: planFingerprint(plan), ...found });
  await joined.handIn(found);
}
