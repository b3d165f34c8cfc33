import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { nowUs } from '../engine/clock-us.ts';
import { histogramRecord } from '../engine/hdr-record.ts';
import { preciseClock } from '../engine/precise-clock.ts';
import type { ReceiverSummary } from '../engine/receiver-memory.ts';
import type { StreamRequest } from '../engine/receiver-plan.ts';
import { Shards } from '../engine/shards.ts';
import { dealtOut, streamsPerProcess, threadsOfEach } from '../engine/share-out.ts';
import { connectionsOf, portShare } from '../engine/source-addresses.ts';
import { type Publish, type Published, Publisher, uncountedRows } from '../publisher/publisher.ts';
import type { Schedule } from '../publisher/schedule.ts';
import type { Window } from '../results/bench-result.ts';
import { connectPatienceMs } from '../run-trial.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { processFigures } from '../server-use/process-figures.ts';
import type { Load } from '../settings.ts';
import { settlingOf } from '../statistics/settle.ts';
import { concludeTrial, type Figures } from '../trial/conclude-trial.ts';
import { OpeningEvents } from '../trial/opening-events.ts';
import type { Tell } from '../trial/progress.ts';
import { Seconds } from '../trial/seconds.ts';
import { Watch } from '../trial/watch.ts';
import type { JoinedRun } from './join-client.ts';
import type { ShardRange } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

export interface MeasureOptions {
  readonly scenario: Scenario;
  /** Of all shards together. */
  readonly load: Load;
  readonly range: ShardRange;
  readonly request: StreamRequest;
  readonly topics: readonly string[];
  /** Present on the shard that publishes; its few streams are the canary. */
  readonly publish?: Publish | undefined;
  /** Threads that receive. */
  readonly workers: number;
  /** Deliveries a second that this shard reaches with the null server. */
  readonly ceilingPerS: number | undefined;
  /** Of the objective, us; 0 without one. */
  readonly latencyLimitUs: number;
  readonly publishesNeeded: number;
  /** Called when the engine's processes are there. */
  join(): Promise<JoinedRun>;
  /** Told by the shard that publishes, once it has. */
  published(rows: Published): void;
  readonly tell: Tell;
}

/** What a shard found, and the run that it is part of. */
export interface MeasuredShard extends Omit<ShardResult, 'index' | 'fingerprint'> {
  readonly joined: JoinedRun;
}

/**
 * One shard's part of a trial. Unlike `runTrial` it decides nothing alone: all open their streams from the same moment,
 * publishing begins once those of every shard are open, and what is measured begins when the longest wait for a steady
 * state is over. Times are by the coordinator's clock.
 */
export async function measureShard(options: MeasureOptions): Promise<MeasuredShard> {
  const { scenario, load, range, request, topics, tell } = options;
  const all = scenario.streams(load);
  const rampMs = (all.at(-1)?.connectAtUs ?? 0) / 1000;
  const streams = all.slice(range.from, range.to);
  const schedule = scenario.schedule(load);
  const processes = Math.ceil(streams.length / streamsPerProcess);
  const threads = Math.max(processes, options.workers);

  let watch: Watch | undefined;
  const delivery: { t: number; hdrV2: string }[] = [];
  const seconds = new Seconds(threads, (second) => {
    watch?.take(second);
    if (second.delivered > 0) delivery.push({ t: second.second * 1000, hdrV2: histogramRecord(second.delays).hdrV2 });
  });
  using shards = await Shards.start(processes, threadsOfEach(threads, processes), {
    record: (from, second, record) => seconds.take(from, second, record),
  });
  const joined = await options.join();
  const aheadUs = joined.clock.offsetUs;
  const now = (): number => nowUs() + aheadUs;
  const until = (us: number): Promise<void> => sleep(systemClock, Math.max(0, (us - now()) / 1000));
  const originUs = joined.startAtUs;
  // The same in all shards, and another one in each run.
  const run = originUs % 2 ** 32;
  const churn = scenario.churn?.(load);
  const plan = { request, run, seed: load.seed + range.from, topics, schedule, originUs, aheadUs, churn };
  shards.begin(dealtOut(plan, streams, threads, processes));
  await until(originUs - 20_000);
  const before = figuresNow(shards);
  using watching = new Watch({
    originUs: originUs - aheadUs,
    serverPid: () => undefined,
    schedule,
    topics: topics.length,
    streams: streams.length,
    mostPerProcess: connectionsOf(Math.ceil(streams.length / processes), request.protocol),
    shardPids: shards.pids,
    portShare: portShare(new URL(request.url).hostname, streams.length, request.protocol),
    latencyLimitUs: options.latencyLimitUs,
    tell: (event) => {
      if (event.kind === 'second') void joined.tell(recordOf(event.window)).catch(() => undefined);
      tell(event);
    },
  });
  watch = watching;
  const enter = (phase: Window['phase']): void => {
    watching.phase = phase;
    tell({ kind: 'phase', phase });
  };

  enter('ramp');
  const patienceUs = originUs + (streams.at(-1)?.connectAtUs ?? 0) + connectPatienceMs * 1000;
  const openingEvents = new OpeningEvents({
    publish: scenario.publishes ? options.publish : undefined,
    topics,
    run,
    clock: systemClock,
    tell,
  });
  while (seconds.counters.firstAnswers < streams.length && now() < patienceUs && !shards.problem) {
    await watching.nextWindow();
    openingEvents.look(seconds.counters);
  }
  const { firstOk: ok, open: held } = seconds.counters;
  const full = figuresNow(shards);

  const beginUs = await joined.opened(rampMs + connectPatienceMs);
  // The streams of the other shards may have waited for them as well.
  const opening = openingEvents.close();
  const settleMs = scenario.publishes && scenario.settles !== false ? load.settleMaxMs : 0;
  const durationMs = scenario.publishes ? load.durationMs : load.holdMs;
  const fromUs = beginUs + settleMs * 1000;
  const toUs = fromUs + durationMs * 1000;
  await shards.tell({ kind: 'begin', beginUs });
  await shards.tell({ kind: 'measure', fromUs, toUs });
  const late = now() >= beginUs ? 'the threads of this shard heard too late when publishing began' : undefined;
  watching.beginUs = beginUs - aheadUs;
  const { publish } = options;
  const publisher =
    publish && scenario.publishes
      ? new Publisher({ publish, topics, schedule, run, nowUs: now, clock: preciseClock })
      : undefined;
  watching.publisher = publisher;

  const publishing = publisher?.run(beginUs);
  await until(beginUs);
  if (settleMs > 0) enter('settle');
  await until(fromUs);
  const settled = settlingOf(watching.windows.filter(({ phase }) => phase === 'settle')) === 'settled';
  const settledAtMs = settled ? Math.round((fromUs - originUs) / 1000) : undefined;

  enter('measure');
  const begun = figuresNow(shards);
  await until(toUs);
  publisher?.stop(toUs);
  await publishing;
  watching.beginUs = undefined;
  const ended = figuresNow(shards);

  enter('drain');
  await shards.tell({ kind: 'hold' });
  const drainedUs = now() + load.drainMs * 1000;
  if (scenario.publishes) await watching.untilQuiet(() => now() >= drainedUs || shards.problem !== undefined);
  if (publisher) options.published(publisher);
  const published = publisher ?? (scenario.publishes ? await joined.published(load.drainMs) : undefined);
  const summaries = shards.problem ? [] : (await shards.finish(uncountedRows(published, churn !== undefined))).flat();

  const trial = concludeTrial({
    x: streams.length,
    rep: 0,
    scenario,
    load,
    schedule,
    publisher,
    published,
    totals: seconds.totals,
    counters: seconds.counters,
    canaryTotals: publisher ? seconds.totals : new Seconds(0, () => undefined).totals,
    summaries,
    windows: watching.windows,
    broke: watching.broke,
    attempted: watching.attempted,
    measured: watching.measured,
    connects: { attempted: streams.length, ok, dropped: seconds.counters.dropped },
    held,
    baseline: { rssBytes: 0, heldMore: false },
    sockets: 0,
    moments: { beginUs, fromUs, toUs },
    settledAtMs,
    before,
    full,
    begun,
    ended,
    idleCpuNsPerSecond: 0,
    fds: 0,
    serverPids: [],
    threads,
    ceilingPerS: options.ceilingPerS,
    publishesNeeded: options.publishesNeeded,
    miscounted: [],
    problem: shards.problem?.message ?? late,
    wantedUs: durationMs * 1000,
    opening,
    notes: {},
  });
  const earliestUs = earliestOf(summaries, schedule, beginUs);
  const clock = await joined.clockAtEnd();
  return { joined, trial, delivery, clock, ...(earliestUs === undefined ? {} : { earliestUs }) };
}

/** How late the fastest delivery was, us: below 0 where it came before it was due. */
function earliestOf(summaries: readonly ReceiverSummary[], { atUs }: Schedule, beginUs: number): number | undefined {
  let earliestUs = Number.POSITIVE_INFINITY;
  for (const { firstUs } of summaries)
    firstUs.forEach((us, row) => {
      if (us > 0) earliestUs = Math.min(earliestUs, us - beginUs - (atUs[row] ?? 0));
    });
  return Number.isFinite(earliestUs) ? earliestUs : undefined;
}

function recordOf({ t, streams, offered, delivered, bad }: Window): Parameters<JoinedRun['tell']>[0] {
  return { t, streams, offered, delivered, bad };
}

/** The server is on another machine, or nobody says which process it is. */
function figuresNow(shards: Shards): Figures {
  return { server: processFigures([]), generator: processFigures(shards.pids) };
}
