import type { JoinAnswer, JoinRequest, SecondRecord } from './shard-messages.ts';
import { planFingerprint, type ShardPlan } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

/** An answer to a shard: an HTTP status and its JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

const refused = (status: number, error: string): Answer => ({ status, body: { error } });

/**
 * The coordinator's memory: who joined, when all start, and what each found. Pure: time is told to it. Every message may
 * come twice, as a shard that got no answer asks again.
 */
export class Coordinator {
  readonly #plan: ShardPlan;
  readonly #fingerprint: string;
  readonly #startDelayUs: number;
  readonly #joined = new Set<number>();
  readonly #results = new Map<number, ShardResult>();
  #startAtUs: number | undefined;
  #closed = false;

  /** @param startDelayUs from the last join to the start: long enough for every shard to have asked again */
  constructor(plan: ShardPlan, startDelayUs: number) {
    this.#plan = plan;
    this.#fingerprint = planFingerprint(plan);
    this.#startDelayUs = startDelayUs;
  }

  get startAtUs(): number | undefined {
    return this.#startAtUs;
  }

  /** From the lowest index to the highest. */
  get results(): ShardResult[] {
    return [...this.#results.values()].sort((a, b) => a.index - b.index);
  }

  get complete(): boolean {
    return this.#results.size === this.#plan.shards.length;
  }

  /** Nobody is let in any more: who comes now would make the run wait for ever. */
  close(): void {
    this.#closed = true;
  }

  join({ index, fingerprint }: JoinRequest, nowUs: number): Answer {
    const stranger = this.#strangerBecause(index, fingerprint);
    if (stranger) return stranger;
    if (this.#startAtUs === undefined && this.#closed) return refused(410, 'the run began without all of its shards');
    this.#joined.add(index);
    const missing = this.#plan.shards.length - this.#joined.size;
    if (missing === 0) this.#startAtUs ??= nowUs + this.#startDelayUs;
    const answer: JoinAnswer = this.#startAtUs === undefined ? { missing } : { startAtUs: this.#startAtUs };
    return { status: this.#startAtUs === undefined ? 202 : 200, body: answer };
  }

  record({ index }: SecondRecord): Answer {
    return this.#joined.has(index) ? { status: 200, body: {} } : refused(409, `shard ${index} has not joined`);
  }

  take(result: ShardResult): Answer {
    const { index, fingerprint } = result;
    const stranger = this.#strangerBecause(index, fingerprint);
    if (stranger) return stranger;
    if (!this.#joined.has(index)) return refused(409, `shard ${index} has not joined`);
    this.#results.set(index, result);
    return { status: 200, body: {} };
  }

  #strangerBecause(index: number, fingerprint: string): Answer | undefined {
    if (fingerprint !== this.#fingerprint) return refused(409, 'this shard was given another plan');
    return this.#plan.shards.some((shard) => shard.index === index)
      ? undefined
      : refused(409, `the plan has no shard ${index}`);
  }
}
