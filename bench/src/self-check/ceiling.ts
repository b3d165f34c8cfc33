import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { stamped } from '../audit/stamp.ts';
import { nowUs } from '../engine/clock-us.ts';
import { ownModule } from '../engine/own-module.ts';
import { Shards } from '../engine/shards.ts';
import { shareOut } from '../engine/share-out.ts';
import { steadySchedule } from '../publisher/schedule.ts';
import type { Capacity } from '../results/bench-result.ts';
import { pin } from '../server-use/pin.ts';
import { Seconds } from '../trial/seconds.ts';
import { limits } from './limits.ts';

const main = ownModule(import.meta.url, 'null-server-main');

/** Streams that the ceiling is measured with: more make little difference, and take longer to open. */
const mostStreams = 500;
/** Deliveries a second that every machine's generator takes: where no more are asked for, its ceiling is not measured. */
export const certainPerS = 1000;
/** The first second warms up, the last one is not whole. */
const floodMs = 3000;

/**
 * How many deliveries a second this generator takes on this machine, from a server that does nothing else: an upper end
 * of what can be said about any server.
 * @returns undefined where it was interrupted
 */
export async function generatorCeiling(
  options: {
    readonly streams: number;
    readonly workers: number;
    readonly payloadBytes: number;
    /** Where the server has CPUs of its own, the null server gets them. */
    readonly serverCpus?: string | undefined;
  },
  signal: AbortSignal,
): Promise<number | undefined> {
  const server = fork(main.url, [], { execArgv: main.execArgv });
  try {
    const [port] = await once(server, 'message', { signal });
    if (options.serverCpus !== undefined) await pin(server.pid, options.serverCpus);
    const perS = await flooded(`http://127.0.0.1:${port}/`, options, signal);
    return signal.aborted ? undefined : perS;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    server.kill('SIGKILL');
  }
}

/**
 * The highest load of a search at which no more deliveries a second are asked for than the generator vouches for. A single
 * stream may always be asked for: the trial then says that it is too much.
 * @param perStreamPerS events a second that a stream gets
 */
export function highestLoad(
  ceilingPerS: number,
  axis: Capacity['axis'],
  { streams, perStreamPerS }: { readonly streams: number; readonly perStreamPerS: number },
): number {
  const vouchedPerS = limits.ofCeiling * ceilingPerS;
  return axis === 'rate' ? vouchedPerS / streams : Math.max(1, Math.floor(vouchedPerS / perStreamPerS));
}

async function flooded(
  url: string,
  { streams, workers, payloadBytes }: { streams: number; workers: number; payloadBytes: number },
  signal: AbortSignal,
): Promise<number> {
  const perSecond: number[] = [];
  let events = 0;
  let wake = (): void => undefined;
  const seconds = new Seconds(workers, ({ counters }) => {
    perSecond.push(counters.events - events);
    events = counters.events;
    wake();
  });
  using shards = await Shards.start(1, [workers + 1], {
    record: (from, second, record) => from.thread < workers && seconds.take(from, second, record),
  });
  const originUs = Math.ceil(nowUs() + 500_000);
  const schedule = steadySchedule({
    topics: 1,
    rate: 1,
    spacing: 'even',
    durationUs: 1e6,
    bytes: payloadBytes,
    seed: 1,
  });
  const plan = { request: { url, method: 'GET', headers: {} }, run: 1, seed: 1, topics: [''], schedule, originUs };
  const count = Math.min(streams, mostStreams);
  const all = Array.from({ length: count }, (_, number) => ({ number, topic: 0, connectAtUs: number * 1000 }));
  shards.begin(shareOut(plan, all, workers).plans);
  while (seconds.counters.ok < count && !signal.aborted && !shards.problem) await nextSecond();
  await shards.tell({ kind: 'begin', beginUs: nowUs() });
  await shards.tell({ kind: 'measure', fromUs: 0, toUs: Number.MAX_SAFE_INTEGER });
  const before = perSecond.length;
  const body = stamped({ run: 1, topic: 0, seq: 0, intendedUs: nowUs() }, payloadBytes);
  request(`${url}flood?ms=${floodMs}`, { method: 'POST' })
    .on('error', () => undefined)
    .end(body);
  while (perSecond.length < before + floodMs / 1000 && !signal.aborted && !shards.problem) await nextSecond();
  return Math.max(0, ...perSecond.slice(before + 1));

  function nextSecond(): Promise<void> {
    return Promise.race([new Promise<void>((resolve) => (wake = resolve)), sleep(systemClock, 2000, signal)]);
  }
}
