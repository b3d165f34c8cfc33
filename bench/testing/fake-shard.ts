/**
 * A shard whose deliveries are a formula of the stream and the publish, so that any way to share out the streams must
 * find the same. As a program it does what `run.sh` asks of `ssert bench shard`, without a server to load:
 *
 *     JOB_COMPLETION_INDEX=1 node bench/testing/fake-shard.ts bench shard --plan plan.json --coordinator HOST:PORT
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machineClock as clock } from '../src/engine/clock-us.ts';
import { emptyHistogram, recordOf } from '../src/histogram/histogram.ts';
import type { Trial, Window } from '../src/results/bench-result.ts';
import { joinRun } from '../src/shards/join-client.ts';
import { startJoinServer } from '../src/shards/join-server.ts';
import { mergeShards } from '../src/shards/merge-shards.ts';
import { readShardPlan, type ShardPlan, shardIndex } from '../src/shards/shard-plan.ts';
import type { ShardResult } from '../src/shards/shard-result.ts';
import { madeUpTrial } from './made-up-trial.ts';

const seconds = 4;
const publishesPerS = 5;

type Part = Pick<ShardResult, 'trial' | 'delivery'>;

/** What the streams from one number up to, not including, another find: the same in any company. */
export function fakePart(from: number, to: number): Part {
  const streams = to - from;
  const all = emptyHistogram();
  let lost = 0;
  const delivery: { t: number; hdrV2: string }[] = [];
  const windows: Window[] = [];
  const template = madeUpTrial({ x: streams, seconds, publishesPerS });
  for (let second = 0; second < seconds; second += 1) {
    const here = emptyHistogram();
    for (let publish = 0; publish < publishesPerS; publish += 1) {
      for (let stream = from; stream < to; stream += 1) {
        const number = (stream * 7919 + (second * publishesPerS + publish) * 104_729) % 10_007;
        if (number % 97 === 0) lost += 1;
        else here.recordValue(500 + number);
      }
    }
    all.add(here);
    const { p50, p99, hdrV2 } = recordOf(here);
    delivery.push({ t: second * 1000, hdrV2 });
    const offered = streams * publishesPerS;
    windows.push({
      ...(template.windows[14] as Window),
      t: second * 1000,
      streams,
      offered,
      delivered: here.totalCount,
      p50,
      p99,
    });
  }
  const publishes = seconds * publishesPerS;
  const expected = streams * publishes;
  const trial: Trial = {
    ...template,
    counts: { ...template.counts, expected, delivered: expected - lost, lost, publishes },
    hist: { delivery: recordOf(all, lost) },
    generator: { ...template.generator, canaryP99Us: recordOf(all).p99 ?? 0 },
    windows,
  };
  return { trial, delivery };
}

async function runShard(plan: ShardPlan, index: number, url: string): Promise<void> {
  const run = await joinRun({ url, plan, index, clock });
  const { from, to } = plan.shards[index] as ShardPlan['shards'][number];
  await run.tell({ t: 0, streams: to - from, offered: 0, delivered: 0, bad: false });
  await run.handIn({ ...fakePart(from, to), clock: run.clock });
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: process.argv.slice(4),
    options: {
      plan: { type: 'string' },
      coordinator: { type: 'string' },
      listen: { type: 'string' },
      output: { type: 'string' },
    },
  });
  const plan = readShardPlan(JSON.parse(readFileSync(values.plan ?? '', 'utf8')));
  const index = shardIndex(process.env, plan);
  if (index > 0) await runShard(plan, index, `http://${values.coordinator}`);
  else {
    const port = Number(values.listen?.split(':').at(-1));
    await using server = await startJoinServer({ plan, clock, port });
    await runShard(plan, 0, server.url);
    process.stdout.write(`${JSON.stringify(mergeShards(plan, await server.results))}\n`);
  }
}
