import { createHash } from 'node:crypto';
import { SettingError } from '@ssert/protocol';
import { z } from 'zod';
import type { BenchTarget, Plan, ScenarioName } from '../results/bench-result.ts';
import { comparisons, parseSlo, requireMeasurable } from '../slo/parse-slo.ts';

/** Streams that the coordinator holds itself: so few that it cannot be late with them. */
const canaryStreams = 10;

/** Scenarios of one trial that needs nothing but streams and publishes. */
const shardScenarios: readonly ScenarioName[] = ['storm', 'steady', 'churn'];

/** The streams of one shard, by their number in the whole run: from the first up to, not including, the last. */
export interface ShardRange {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** One run spread over several processes, on one machine or many: the content of `plan.json`. */
export interface ShardPlan {
  readonly schema: 'sse-bench-plan/1';
  readonly plan: Plan;
  readonly seed: number;
  /** Another one in each plan: who does not know it can neither join nor hand anything in. */
  readonly secret: string;
  readonly streams: number;
  /** Addresses as every shard reaches them; `publish` is the coordinator's alone. */
  readonly target: {
    readonly url: string;
    /** Of the stream requests; default GET, or POST with a body. */
    readonly method?: string;
    readonly body?: string;
    readonly publish?: string;
    /** Default `http/1.1`. */
    readonly protocol?: BenchTarget['protocol'];
  };
  readonly slo?: string;
  /** Index 0 coordinates, publishes and holds the canary; the others receive. */
  readonly shards: readonly ShardRange[];
}

/**
 * Spreads streams over shards, as evenly as whole streams allow.
 * @throws SettingError where there are fewer than 2 shards, or fewer streams than there are shards
 */
export function shardRanges(streams: number, shards: number): ShardRange[] {
  if (!Number.isInteger(shards) || shards < 2) {
    throw new SettingError('shards', shards, 'a whole number from 2 up: one coordinates, the others receive');
  }
  const canary = Math.min(canaryStreams, streams - (shards - 1));
  if (!Number.isInteger(streams) || canary < 1) {
    throw new SettingError('streams', streams, `a whole number from ${shards} up: one for each shard at least`);
  }
  const edge = (index: number): number => canary + Math.floor(((streams - canary) * index) / (shards - 1));
  const receivers = Array.from({ length: shards - 1 }, (_, at) => ({
    index: at + 1,
    from: edge(at),
    to: edge(at + 1),
  }));
  return [{ index: 0, from: 0, to: canary }, ...receivers];
}

/**
 * Refuses what several shards cannot run together.
 * @throws SettingError that names the scenario, or the term of the objective
 */
export function requireShardable({
  plan: { scenario },
  target,
  slo,
}: Pick<ShardPlan, 'plan' | 'target' | 'slo'>): void {
  if (!shardScenarios.includes(scenario)) {
    throw new SettingError('scenario', scenario, `one of ${shardScenarios.join(' ')}: the others run on one machine`);
  }
  if (slo === undefined) return;
  const tree = parseSlo(slo);
  const apart = comparisons(tree).find(({ metric }) => /^fairness|\(skew\)$/.test(metric));
  if (apart) throw new SettingError('slo', apart.text, 'another term: it goes over all streams, which no shard sees');
  requireMeasurable(tree, target.publish === undefined ? 'opaque' : 'published', { process: false });
}

/** Tells plans apart that shards must not mix, and that its sender has the plan with its secret. */
export function planFingerprint(plan: ShardPlan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

const indexVariables = ['JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX', 'SLURM_ARRAY_TASK_ID'] as const;

/**
 * Which shard this process is, as Kubernetes, AWS Batch or Slurm tell it.
 * @throws SettingError where none of them does, or where the plan has no such shard
 */
export function shardIndex(environment: Readonly<Record<string, string | undefined>>, plan: ShardPlan): number {
  const name = indexVariables.find((one) => environment[one] !== undefined);
  if (name === undefined) throw new SettingError(indexVariables[0], undefined, "the shard's index in the environment");
  const value = environment[name] ?? '';
  const known = /^\d+$/.test(value) && Number(value) < plan.shards.length;
  if (!known) throw new SettingError(name, value, `a whole number from 0 to ${plan.shards.length - 1}`);
  return Number(value);
}

const count = z.int().nonnegative();
const planSchema: z.ZodType<ShardPlan> = z.strictObject({
  schema: z.literal('sse-bench-plan/1'),
  plan: z.strictObject({
    scenario: z.enum(shardScenarios),
    params: z.record(z.string(), z.union([z.number(), z.string()])),
    scheduleSha256: z.string(),
  }),
  seed: z.number(),
  secret: z.string().min(1),
  streams: count,
  target: z.strictObject({
    url: z.string(),
    method: z.exactOptional(z.string()),
    body: z.exactOptional(z.string()),
    publish: z.exactOptional(z.string()),
    protocol: z.exactOptional(z.enum(['http/1.1', 'h2'])),
  }),
  slo: z.exactOptional(z.string()),
  shards: z.array(z.strictObject({ index: count, from: count, to: count })).min(2),
});

/** Checks what was read from `plan.json`. @throws SettingError that names the field at fault */
export function readShardPlan(value: unknown): ShardPlan {
  const { data, error } = planSchema.safeParse(value);
  if (data) return data;
  const [issue] = error.issues;
  throw new SettingError(
    'plan.json',
    issue?.path.join('.') ?? '',
    `a plan of ssert bench export (${issue?.message ?? ''})`,
  );
}
