import type { Trial } from '../results/bench-result.ts';

/** What one shard found: the content of `shard-i.json.gz`. */
export interface ShardResult {
  readonly index: number;
  /** Of the plan that it followed. */
  readonly fingerprint: string;
  /** Its own streams only; `x` is their number. */
  readonly trial: Trial;
  /** Delivery second by second: percentiles of windows cannot be merged, counts can. HDR histograms, V2, base64. */
  readonly delivery: readonly { readonly t: number; readonly hdrV2: string }[];
  readonly clock: { readonly offsetUs: number; readonly boundUs: number };
  /** The fastest delivery, µs by the coordinator's clock: one far below 0 proves the clocks wrong. */
  readonly earliestUs?: number;
}
