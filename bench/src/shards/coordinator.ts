import type { Published } from '../publisher/publisher.ts';
import { Gathering } from './gathering.ts';
import type { MomentAnswer, PublishedAnswer, SecondRecord, ShardRequest } from './shard-messages.ts';
import { planFingerprint, type ShardPlan } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

/** An answer to a shard: an HTTP status and its JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

const refused = (status: number, error: string): Answer => ({ status, body: { error } });

/**
 * The coordinator's memory: who joined, when all start and publishing begins, what became of the publishes, and what each
 * shard found. Pure: time is told to it. Every message may come twice, as a shard that got no answer asks again.
 */
export class Coordinator {
  readonly #plan: ShardPlan;
  readonly #fingerprint: string;
  readonly #delayUs: number;
  readonly #joined: Gathering;
  readonly #opened: Gathering;
  readonly #results = new Map<number, ShardResult>();
  #published: PublishedAnswer | undefined;
  #closed = false;

  /** @param delayUs from the last shard that comes to a moment to that moment: long enough for all to have asked again */
  constructor(plan: ShardPlan, delayUs: number) {
    const indexes = plan.shards.map(({ index }) => index);
    this.#plan = plan;
    this.#fingerprint = planFingerprint(plan);
    this.#delayUs = delayUs;
    this.#joined = new Gathering(indexes);
    this.#opened = new Gathering(indexes);
  }

  get startAtUs(): number | undefined {
    return this.#joined.atUs;
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

  /** A shard is there. Once all are, it is told when the first stream connects. */
  join(request: ShardRequest, nowUs: number): Answer {
    const stranger = this.#strangerBecause(request);
    if (stranger) return stranger;
    if (this.startAtUs === undefined && this.#closed) {
      return refused(410, `the run began without shard ${this.#joined.missing.join(', ')}`);
    }
    return meeting(this.#joined, request.index, nowUs + this.#delayUs);
  }

  /** A shard's streams are open. Once all are, it is told when publishing begins. */
  open(request: ShardRequest, nowUs: number): Answer {
    return this.#notPart(request) ?? meeting(this.#opened, request.index, nowUs + this.#delayUs);
  }

  /** What the one that publishes has to tell the others. */
  publish({ refused: rows, late, overlapped }: Published): void {
    this.#published = { refused: rows, late, overlapped: [...overlapped] };
  }

  /** A shard asks what became of the publishes. */
  published(request: ShardRequest): Answer {
    const missing: MomentAnswer = { missing: [0] };
    const answer = this.#published ? { status: 200, body: this.#published } : { status: 202, body: missing };
    return this.#notPart(request) ?? answer;
  }

  record(record: SecondRecord): Answer {
    return this.#notPart(record) ?? { status: 200, body: {} };
  }

  take(result: ShardResult): Answer {
    const stranger = this.#notPart(result);
    if (stranger) return stranger;
    this.#results.set(result.index, result);
    return { status: 200, body: {} };
  }

  #notPart(request: ShardRequest): Answer | undefined {
    const { index } = request;
    const joined = this.#joined.has(index);
    return this.#strangerBecause(request) ?? (joined ? undefined : refused(409, `shard ${index} has not joined`));
  }

  #strangerBecause({ index, fingerprint }: ShardRequest): Answer | undefined {
    if (fingerprint !== this.#fingerprint) return refused(409, 'this shard was given another plan');
    return this.#plan.shards.some((shard) => shard.index === index)
      ? undefined
      : refused(409, `the plan has no shard ${index}`);
  }
}

function meeting(gathering: Gathering, index: number, thenUs: number): Answer {
  gathering.come(index, thenUs);
  const { atUs, missing } = gathering;
  const answer: MomentAnswer = atUs === undefined ? { missing } : { atUs };
  return { status: atUs === undefined ? 202 : 200, body: answer };
}
