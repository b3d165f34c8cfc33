import { type ShardPlan, shardRanges } from '../src/shards/shard-plan.ts';
import { madeUpBench } from './made-up-bench.ts';

/** A plan for so many streams on so many shards. */
export function madeUpPlan(streams: number, shards: number): ShardPlan {
  const { plan, seed, target, slo } = madeUpBench();
  return {
    schema: 'sse-bench-plan/1',
    plan,
    seed,
    secret: 'made up',
    streams,
    target: { url: target.url, publish: 'http://127.0.0.1:4000/events' },
    ...(slo === undefined ? {} : { slo: slo.expr }),
    shards: shardRanges(streams, shards),
  };
}
