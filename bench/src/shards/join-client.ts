import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Clock, sleep } from '@ssert/protocol';
import { type ClockOffset, type ClockProbe, clockOffset } from './clock-offset.ts';
import type { JoinAnswer, JoinRequest, ProbeAnswer, SecondRecord } from './shard-messages.ts';
import { planFingerprint, type ShardPlan } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

const askEveryMs = 500;
const probesAtStart = 10;

export interface JoinOptions {
  /** Of the coordinator, such as `http://127.0.0.1:8790`. */
  readonly url: string;
  readonly plan: ShardPlan;
  readonly index: number;
  readonly clock: Clock;
  /** How long to ask an address where nobody listens yet, and to wait for the other shards. Default 5 min. */
  readonly timeoutMs?: number;
}

/** A run that this shard is part of. */
export interface JoinedRun {
  /** When all begin, by this process's own clock, µs. */
  readonly startAtUs: number;
  readonly clock: ClockOffset;
  /** One more stamp of the clocks: ten of them a second, over the whole run, tell how they drift. */
  probe(): Promise<ClockProbe>;
  tell(record: Omit<SecondRecord, 'index'>): Promise<void>;
  handIn(result: Omit<ShardResult, 'index' | 'fingerprint'>): Promise<void>;
}

/**
 * Joins a run and returns once every shard has.
 * @throws Error where the coordinator refuses this shard, or was not there or not complete in time
 */
export async function joinRun({ url, plan, index, clock, timeoutMs = 300_000 }: JoinOptions): Promise<JoinedRun> {
  const fingerprint = planFingerprint(plan);
  const untilMs = clock.now() + timeoutMs;
  const request: JoinRequest = { index, fingerprint };
  const probe = async (): Promise<ClockProbe> => {
    const sentUs = clock.now() * 1000;
    const answer = await post<ProbeAnswer>(url, '/probe', {});
    return { sentUs, ...answer, receivedUs: clock.now() * 1000 };
  };
  const startAtUs = await asked(url, request, clock, untilMs);
  const probes: ClockProbe[] = [];
  while (probes.length < probesAtStart) probes.push(await probe());
  const offset = clockOffset(probes);
  return {
    startAtUs: startAtUs - offset.offsetUs,
    clock: offset,
    probe,
    tell: async (record) => void (await post(url, '/records', { index, ...record })),
    handIn: async (result) => void (await post(url, '/result', { index, fingerprint, ...result })),
  };
}

/** Asks until all are there. The coordinator's pod may start last, so that nobody listens at first. */
async function asked(url: string, request: JoinRequest, clock: Clock, untilMs: number): Promise<number> {
  for (;;) {
    let state: string;
    try {
      const answer = await post<JoinAnswer>(url, '/join', request);
      if ('startAtUs' in answer) return answer.startAtUs;
      state = `${answer.missing} shards are missing`;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      state = `${url} does not answer: ${(error as Error).message}`;
    }
    if (clock.now() + askEveryMs >= untilMs) throw new Error(`shard ${request.index} gave up waiting: ${state}`);
    await sleep(clock, askEveryMs);
  }
}

/** The coordinator wants nothing of this shard; asking again would not help. */
class Refusal extends Error {
  override readonly name = 'Refusal';
}

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
