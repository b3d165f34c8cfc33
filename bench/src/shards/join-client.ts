import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Clock, sleep } from '@ssert/protocol';
import type { Published } from '../publisher/publisher.ts';
import { type ClockOffset, type ClockProbe, clockOffset, keptOffset } from './clock-offset.ts';
import type { MissingShards, ProbeAnswer, PublishedAnswer, SecondRecord, ShardRequest } from './shard-messages.ts';
import { planFingerprint, type ShardPlan } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

const askEveryMs = 500;
/** Of the clocks, at the begin and at the end. */
const probesAtOnce = 10;

export interface JoinOptions {
  /** Of the coordinator, such as `http://127.0.0.1:8790`. */
  readonly url: string;
  readonly plan: ShardPlan;
  readonly index: number;
  readonly clock: Clock;
  /** How long to ask an address where nobody listens yet, and to wait for other shards, each time. Default 5 min. */
  readonly timeoutMs?: number;
}

/** A run that this shard is part of. Moments are by the coordinator's clock, us. */
export interface JoinedRun {
  /** When all begin. */
  readonly startAtUs: number;
  /** How far the coordinator's clock is ahead of this shard's. */
  readonly clock: ClockOffset;
  /**
   * This shard's streams are open. Resolves once those of all are.
   * @param laterMs how much longer than usual the others may take
   * @returns when publishing begins
   */
  opened(laterMs: number): Promise<number>;
  /** What became of the publishes. @param laterMs how much longer than usual that may take */
  published(laterMs: number): Promise<Published>;
  /** The same offset, with a bound that holds for the whole run: the clocks are looked at once more. */
  clockAtEnd(): Promise<ClockOffset>;
  tell(record: Omit<SecondRecord, keyof ShardRequest>): Promise<void>;
  handIn(result: Omit<ShardResult, keyof ShardRequest>): Promise<void>;
}

/**
 * Joins a run and returns once every shard has.
 * @throws ShardsMissing where the coordinator refuses this shard, or was not there or not complete in time
 */
export async function joinRun({ url, plan, index, clock, timeoutMs = 300_000 }: JoinOptions): Promise<JoinedRun> {
  const fingerprint = planFingerprint(plan);
  const request: ShardRequest = { index, fingerprint };
  const ask = <T extends object>(path: string, laterMs = 0, message: ShardRequest = request): Promise<T> =>
    asked<T>(url, path, message, clock, clock.now() + timeoutMs + laterMs);
  const { atUs: startAtUs } = await ask<{ atUs: number }>('/join');
  const begin = await offsetNow(url, clock);
  return {
    startAtUs,
    clock: keptOffset(begin, []),
    opened: async (laterMs) => (await ask<{ atUs: number }>('/open', laterMs)).atUs,
    published: async (laterMs) => {
      const rows = await ask<PublishedAnswer>('/published', laterMs);
      return { ...rows, overlapped: new Set(rows.overlapped) };
    },
    clockAtEnd: async () => keptOffset(begin, [await offsetNow(url, clock)]),
    tell: async (record) => void (await post(url, '/records', { ...request, ...record })),
    handIn: async (result) => void (await ask('/result', 0, { ...request, ...result })),
  };
}

/** Several probes in a row. */
async function offsetNow(url: string, clock: Clock): Promise<ClockOffset> {
  const probes: ClockProbe[] = [];
  while (probes.length < probesAtOnce) {
    const sentUs = clock.now() * 1000;
    const answer = await post<ProbeAnswer>(url, '/probe', {});
    probes.push({ sentUs, ...answer, receivedUs: clock.now() * 1000 });
  }
  return clockOffset(probes);
}

/** Asks until nobody is missing. The coordinator's pod may start last, so that nobody listens at first. */
async function asked<T extends object>(
  url: string,
  path: string,
  request: ShardRequest,
  clock: Clock,
  untilMs: number,
): Promise<T> {
  for (;;) {
    let state: string;
    try {
      const answer = await post<T | MissingShards>(url, path, request);
      if (!('missing' in answer)) return answer;
      state = `shard ${answer.missing.join(', ')} is missing`;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      state = `${url} does not answer: ${(error as Error).message}`;
    }
    if (clock.now() + askEveryMs >= untilMs)
      throw new ShardsMissing(`shard ${request.index} gave up waiting: ${state}`);
    await sleep(clock, askEveryMs);
  }
}

/** The run cannot take place: the coordinator, or another shard, was not there in time. */
export class ShardsMissing extends Error {
  override readonly name = 'ShardsMissing';
}

/** The coordinator wants nothing of this shard; asking again would not help. */
class Refusal extends ShardsMissing {}

async function post<T>(url: string, path: string, message: object): Promise<T> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: await promisify(gzip)(JSON.stringify(message)),
  });
  const answer = (await response.json()) as T & { readonly error?: string };
  if (!response.ok) throw new Refusal(`the coordinator answers ${response.status}: ${answer.error ?? ''}`);
  return answer;
}
