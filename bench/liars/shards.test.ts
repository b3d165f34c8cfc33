import { systemClock } from '@ssert/protocol/system';
import { expect, test } from 'vitest';
import { scheduleDigest } from '../src/publisher/schedule.ts';
import { steady } from '../src/scenarios/steady.ts';
import { resolveLoad } from '../src/settings.ts';
import { joinRun } from '../src/shards/join-client.ts';
import { coordinateShards, runShard } from '../src/shards/run-shard.ts';
import { type ShardPlan, shardRanges } from '../src/shards/shard-plan.ts';
import type { ShardResult } from '../src/shards/shard-result.ts';
import { accessTo } from './bench-of.ts';
import { plainServer } from './plain-server.ts';
import { readStamp } from './read-stamp.ts';

const given = { streams: 30, rate: 20, payloadBytes: 100, durationMs: 1000, settleMaxMs: 0, drainMs: 4000, seed: 7 };
const load = resolveLoad(given);
const waitMs = 100_000;

/** Every 50th delivery is not sent. */
function dropping(): Parameters<typeof plainServer>[0] {
  let deliveries = 0;
  return {
    publish: (data, streams) => {
      for (const stream of streams) {
        deliveries += 1;
        if (deliveries % 50 > 0) stream.write(data);
      }
    },
  };
}

// On a busy machine the clocks are told apart less surely, and the run says so; then it is made again.
const settings = { retry: 2 };

test(
  'shards find what the server refused and lost by the coordinator’s clock, and one that dies makes all invalid',
  settings,
  async () => {
    await using server = await plainServer(dropping());
    const { request, publish } = accessTo(server);
    const plan: ShardPlan = {
      schema: 'sse-bench-plan/1',
      plan: { scenario: 'steady', params: given, scheduleSha256: scheduleDigest(steady.schedule(load)) },
      seed: load.seed,
      secret: 'of this test',
      streams: load.streams,
      target: { url: server.url, publish: server.url },
      shards: shardRanges(load.streams, 3),
    };
    const kept: ShardResult[] = [];
    const run = { plan, waitMs, keep: async (result: ShardResult) => void kept.push(result) };
    const received = Promise.withResolvers<void>();
    // Five seconds ahead of what the shards read, as on another machine; and it stops waiting once shard 1 is done.
    const clock = {
      ...systemClock,
      now: () => Number(process.hrtime.bigint()) / 1e6 + 5000,
      after: (ms: number, callback: () => void) => {
        if (ms !== load.drainMs + waitMs) return systemClock.after(ms, callback);
        void received.promise.then(callback);
        return () => undefined;
      },
    };
    const result = await coordinateShards({
      ...run,
      access: {
        request,
        publish: async (data, topic) => (readStamp(data).seq % 10 === 3 ? 'refused' : publish(data, topic)),
      },
      listen: { host: '127.0.0.1', port: 0 },
      clock,
      tool: { name: 'test', version: '0' },
      tell: (event) => {
        const coordinator = event.kind === 'note' ? /http:\S+/.exec(event.message)?.[0] : undefined;
        if (coordinator === undefined) return;
        runShard({ ...run, index: 1, access: { request }, coordinator, tell: () => undefined }).then(
          received.resolve,
          received.reject,
        );
        // Shard 2 opens no stream, and is never heard of again.
        void joinRun({ url: coordinator, plan, index: 2, clock: systemClock }).then((joined) => joined.opened(0));
      },
    });
    const [trial] = result.trials;
    expect(trial?.validity).toBe('invalid');
    expect(trial?.reasons).toContain('shard 2 has no result');
    expect(trial?.reasons.filter((reason) => /clock|plan|heard/.test(reason))).toEqual([]);
    // 20 publishes of which two were refused, to ten streams of each of two shards; one delivery in 50 of 360 was dropped.
    expect(trial?.counts).toMatchObject({ publishes: 18, publishesRefused: 2, expected: 360, delivered: 353, lost: 7 });
    expect(trial?.findings?.map(({ name }) => name)).not.toContain('restamps');
    expect(result.clock.offsetUs / 1e6).toBeCloseTo(5, 0);
    expect(kept.map(({ index, trial: { counts } }) => [index, counts.expected]).toSorted()).toEqual([
      [0, 180],
      [1, 180],
    ]);
  },
);
