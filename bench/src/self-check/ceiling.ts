import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { stamped } from '../audit/stamp.ts';
import { nowUs } from '../engine/clock-us.ts';
import type { StreamRequest } from '../engine/receiver-plan.ts';
import { Shards } from '../engine/shards.ts';
import { shareOut } from '../engine/share-out.ts';
import { steadySchedule } from '../publisher/schedule.ts';
import type { Capacity } from '../results/bench-result.ts';
import { pin } from '../server-use/pin.ts';
import { Seconds } from '../trial/seconds.ts';
import { limits } from './limits.ts';
import { type NullServer, spokenIn, startNullServer } from './null-server.ts';

/** Streams that the ceiling is measured with: more make little difference, and take longer to open. */
const mostStreams = 500;
/** Deliveries a second that every machine's generator takes: where no more are asked for, its ceiling is not measured. */
export const certainPerS = 1000;
/** The first second warms up, the last one is not whole. */
const floodMs = 3000;

/** How long streams to the null server may take to open. */
const patienceMs = 30_000;

/**
 * How many deliveries a second this generator takes on this machine, from a server that does nothing else and speaks what
 * the run speaks: an upper end of what can be said about any server.
 * @returns undefined where it was interrupted
 * @throws Error where the null server does not do its part
 */
export async function generatorCeiling(
  options: {
    /** Of the run. */
    readonly request: Pick<StreamRequest, 'url' | 'protocol'>;
    readonly streams: number;
    readonly workers: number;
    readonly payloadBytes: number;
    /** Where the server has CPUs of its own, the null server gets them. */
    readonly serverCpus?: string | undefined;
  },
  signal: AbortSignal,
  start: typeof startNullServer = startNullServer,
): Promise<number | undefined> {
  try {
    using server = await start(spokenIn(options.request), signal);
    if (options.serverCpus !== undefined) await pin(server.pid, options.serverCpus);
    const perS = await flooded(server, options, signal);
    return signal.aborted ? undefined : perS;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
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
  server: NullServer,
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
  const plan = { request: server.request, run: 1, seed: 1, topics: [''], schedule, originUs };
  const count = Math.min(streams, mostStreams);
  const all = Array.from({ length: count }, (_, number) => ({ number, topic: 0, connectAtUs: number * 1000 }));
  shards.begin(shareOut(plan, all, workers).plans);
  const giveUpUs = originUs + patienceMs * 1000;
  while (seconds.counters.ok < count && !signal.aborted && !shards.problem) {
    if (nowUs() > giveUpUs) throw new Error(`the null server opened ${seconds.counters.ok} of ${count} streams`);
    await nextSecond();
  }
  await shards.tell({ kind: 'begin', beginUs: nowUs() });
  await shards.tell({ kind: 'measure', fromUs: 0, toUs: Number.MAX_SAFE_INTEGER });
  const before = perSecond.length;
  server.flood({ data: stamped({ run: 1, topic: 0, seq: 0, intendedUs: nowUs() }, payloadBytes), ms: floodMs });
  while (perSecond.length < before + floodMs / 1000 && !signal.aborted && !shards.problem) await nextSecond();
  return Math.max(0, ...perSecond.slice(before + 1));

  function nextSecond(): Promise<void> {
    return Promise.race([new Promise<void>((resolve) => (wake = resolve)), sleep(systemClock, 2000, signal)]);
  }
}
