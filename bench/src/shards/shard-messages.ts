import { z } from 'zod';
import { trialSchema } from '../results/bench-result-schema.ts';
import type { ShardResult } from './shard-result.ts';

/** A shard that is there, with the plan that it was given: to join, to say that its streams are open, to ask. */
export interface ShardRequest {
  readonly index: number;
  readonly fingerprint: string;
}

/** A moment by the coordinator's clock once all shards are that far; until then which are missing. */
export type MomentAnswer = { readonly atUs: number } | MissingShards;

export interface MissingShards {
  readonly missing: readonly number[];
}

/** What became of the publishes, as rows of the schedule. */
export interface PublishedAnswer {
  readonly refused: readonly number[];
  readonly late: readonly number[];
  readonly overlapped: readonly number[];
}

/** The coordinator's half of a clock probe. */
export interface ProbeAnswer {
  readonly thereReceivedUs: number;
  readonly thereSentUs: number;
}

/** What a shard tells each second, so that somebody can watch. */
export interface SecondRecord extends ShardRequest {
  readonly t: number;
  readonly streams: number;
  readonly offered: number;
  readonly delivered: number;
  readonly bad: boolean;
}

const count = z.int().nonnegative();

const request = { index: count, fingerprint: z.string() };

export const shardRequestSchema: z.ZodType<ShardRequest> = z.strictObject(request);

export const secondRecordSchema: z.ZodType<SecondRecord> = z.strictObject({
  ...request,
  t: z.number(),
  streams: count,
  offered: z.number(),
  delivered: z.number(),
  bad: z.boolean(),
});

export const shardResultSchema: z.ZodType<ShardResult> = z.strictObject({
  ...request,
  trial: trialSchema,
  delivery: z.array(z.strictObject({ t: z.number(), hdrV2: z.base64() })),
  clock: z.strictObject({ offsetUs: z.number(), boundUs: z.number().nonnegative() }),
  earliestUs: z.exactOptional(z.number()),
});
