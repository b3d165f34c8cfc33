import { SettingError } from '@ssert/protocol';
import { scheduleDigest } from '../publisher/schedule.ts';
import { scenarioNamed } from '../scenarios/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { type Load, resolveLoad } from '../settings.ts';
import { requireShardable, type ShardPlan } from './shard-plan.ts';

/**
 * The load of all shards together, as a plan has it.
 * @throws SettingError where shards cannot run it, or where it gives another schedule here than where it was made
 */
export function shardLoad(plan: ShardPlan): { readonly load: Load; readonly scenario: Scenario } {
  requireShardable(plan);
  const scenario = scenarioNamed(plan.plan.scenario);
  if (scenario.publishes && plan.target.publish === undefined) {
    throw new SettingError('target.publish', '', 'where the coordinator publishes');
  }
  const load = resolveLoad({ ...plan.plan.params, seed: plan.seed, streams: plan.streams });
  const here = scheduleDigest(scenario.schedule(load));
  if (here === plan.plan.scheduleSha256) return { load, scenario };
  throw new SettingError(
    'scheduleSha256',
    plan.plan.scheduleSha256,
    `a plan of this version, which makes ${here} of it`,
  );
}
