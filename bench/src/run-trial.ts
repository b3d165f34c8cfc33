import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { nowUs } from './engine/clock-us.ts';
import { type HdrDelta, sparse } from './engine/hdr-layout.ts';
import { preciseClock } from './engine/precise-clock.ts';
import type { StreamRequest } from './engine/receiver-plan.ts';
import { Shards } from './engine/shards.ts';
import { shareOut, streamsPerProcess, threadsOfEach } from './engine/share-out.ts';
import { connectionsOf, portShare } from './engine/source-addresses.ts';
import { type Publish, Publisher, uncountedRows } from './publisher/publisher.ts';
import type { Trial, Window } from './results/bench-result.ts';
import type { Scenario, ServerControl } from './scenarios/scenario.ts';
import type { MemoryBaseline } from './server-use/memory-baseline.ts';
import { openFiles, processFigures, processTree } from './server-use/process-figures.ts';
import type { Load } from './settings.ts';
import { settlingOf } from './statistics/settle.ts';
import { ahead } from './trial/ahead.ts';
import { concludeTrial, type Figures } from './trial/conclude-trial.ts';
import { countedTooFew } from './trial/counted-too-few.ts';
import { OpeningEvents } from './trial/opening-events.ts';
import type { Tell } from './trial/progress.ts';
import { Seconds } from './trial/seconds.ts';
import { Watch } from './trial/watch.ts';

/** One measurement at one load. */
export interface TrialOptions {
  readonly scenario: Scenario;
  readonly load: Load;
  readonly x: number;
  readonly rep: number;
  readonly request: StreamRequest;
  readonly topics: readonly string[];
  /** Absent where nothing can be published. */
  readonly publish?: Publish | undefined;
  /** Of the server, where it is on this machine. */
  readonly serverPid: () => number | undefined;
  readonly memory: MemoryBaseline;
  readonly control?: ServerControl | undefined;
  /** The server's own count. */
  readonly openStreams?: (() => Promise<number>) | undefined;
  /** Threads that receive. */
  readonly workers: number;
  /** Deliveries a second that the generator reaches with the null server. */
  readonly ceilingPerS?: number | undefined;
  /** Of the objective, us; 0 without one. */
  readonly latencyLimitUs: number;
  readonly publishesNeeded: number;
  /** What goes on beside the streams while they are measured. */
  readonly beside?: ((durationMs: number) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
  readonly tell: Tell;
}

/** Settles only where that rejects: as it does. */
function broken(doing: Promise<unknown> | undefined): Promise<never> {
  return new Promise((_, reject) => void doing?.catch(reject));
}

/** Connects that have no answer by then are not waited for. */
export const connectPatienceMs = 30_000;

/**
 * Ramps up, settles, measures, drains and closes all streams. Where `signal` aborts while it is measured, what was measured
 * until then counts; before that the trial is invalid.
 */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { scenario, load, request, topics, tell, signal } = options;
  const rate = scenario.publishes && !scenario.ownTimes ? { rate: load.rate } : {};
  tell({ kind: 'trial-started', x: options.x, rep: options.rep, streams: load.streams, ...rate });
  const streams = scenario.streams(load);
  const schedule = scenario.schedule(load);
  const processes = Math.ceil((streams.length + 1) / streamsPerProcess);
  const threads = Math.max(processes, options.workers);
  // Who is played joins once publishing has begun.
  const early = streams.filter(({ client }) => client === undefined).length;
  const run = Math.floor(nowUs()) % 2 ** 32;

  let watch: Watch | undefined;
  const loaded = new Seconds(threads, (second) => watch?.take(second));
  const canarySeconds = new Map<number, HdrDelta>();
  const canary = new Seconds(1, ({ second, delays }) => canarySeconds.set(second, sparse(delays)));
  let canaryThread = Number.POSITIVE_INFINITY;
  using shards = await Shards.start(
    processes,
    // And the canary.
    threadsOfEach(threads, processes).map((count, shard) => (shard === 0 ? count + 1 : count)),
    {
      record: (from, second, record) => {
        const isCanary = from.shard === 0 && from.thread === canaryThread;
        (isCanary ? canary : loaded).take(from, second, record);
      },
    },
  );
  const originUs = Math.ceil(nowUs() + 700_000);
  const shared = { request, run, seed: load.seed, topics, schedule, originUs };
  const churn = scenario.churn?.(load);
  const { plans, canary: chosen } = shareOut(
    { ...shared, churn, reconnect: scenario.reconnect?.(load) },
    streams,
    options.workers,
    processes,
  );
  canaryThread = chosen.thread;
  shards.begin(plans);
  await sleep(systemClock, (originUs - nowUs()) / 1000 - 20, signal);
  const serverPids = (): number[] => processTree(options.serverPid());
  const figuresNow = (): Figures => ({
    server: processFigures(serverPids()),
    generator: processFigures(shards.pids),
  });
  const before = figuresNow();
  // Which files another user's server has open only root may read: as many are at this end.
  const files = (): number => openFiles(serverPids()) || openFiles(shards.pids);
  const filesBefore = files();
  const baseline = options.memory.begin(options.serverPid(), before.server.rssBytes, streams.length);
  using watching = new Watch({
    originUs,
    serverPid: options.serverPid,
    schedule,
    topics: topics.length,
    streams: streams.length,
    mostPerProcess: connectionsOf(Math.ceil(streams.length / processes), request.protocol),
    shardPids: shards.pids,
    portShare: portShare(new URL(request.url).hostname, streams.length, request.protocol),
    latencyLimitUs: options.latencyLimitUs,
    tell,
  });
  watch = watching;
  const enter = (phase: Window['phase']): void => {
    watching.phase = phase;
    tell({ kind: 'phase', phase });
  };
  let stoppedIn: Window['phase'] | undefined;
  const stop = (): void => {
    stoppedIn = watching.phase;
    watching.wake();
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();

  enter('ramp');
  const rampMs = (streams.at(-1)?.connectAtUs ?? 0) / 1000;
  const patienceUs = originUs + (rampMs + connectPatienceMs) * 1000;
  const openingEvents = new OpeningEvents({
    publish: scenario.publishes ? options.publish : undefined,
    topics,
    run,
    clock: systemClock,
    tell,
  });
  while (loaded.counters.firstAnswers < early && nowUs() < patienceUs && !over()) {
    await watching.nextWindow();
    openingEvents.look(loaded.counters);
  }
  const opening = openingEvents.close();
  function over(): boolean {
    return signal.aborted || shards.problem !== undefined;
  }
  const ok = loaded.counters.firstOk;
  // With nobody there, and nobody to join, there is nothing to wait for.
  const nobody = ok === 0 && early === streams.length;
  const full = figuresNow();
  const socketsFull = files() - filesBefore;
  const held = loaded.counters.open + canary.counters.open;
  // What the server uses to hold the streams, before anything is published.
  const idleFromUs = nowUs();
  await sleep(systemClock, 1000, signal);
  const idleEnd = figuresNow();
  const idleCpuNsPerSecond = ((idleEnd.server.cpuNs - full.server.cpuNs) * 1e6) / (nowUs() - idleFromUs);
  const miscounted = options.openStreams
    ? await countedTooFew(options.openStreams, () => loaded.counters.open + canary.counters.open, systemClock, signal)
    : [];

  const { publish } = options;
  const publisher =
    publish && scenario.publishes && !signal.aborted && !nobody
      ? new Publisher({ publish, topics, schedule, run, nowUs, clock: preciseClock })
      : undefined;
  const settleMaxMs = scenario.settles === false || nobody ? 0 : load.settleMaxMs;
  const durationUs = nobody ? 0 : (scenario.publishes ? load.durationMs : load.holdMs) * 1000;
  const beginUs = await ahead(shards, 250_000, (us) => [
    { kind: 'begin', beginUs: us },
    // Without settling what is measured begins with the first publish.
    ...(settleMaxMs === 0 ? [{ kind: 'measure', fromUs: us, toUs: us + durationUs } as const] : []),
  ]);
  let settledAtMs: number | undefined;
  let publishing: Promise<void> | undefined;
  watching.publisher = publisher;
  watching.beginUs = beginUs;
  if (scenario.publishes) {
    enter('settle');
    publishing = publisher?.run(beginUs);
    while (nowUs() < beginUs + settleMaxMs * 1000 && !over()) {
      await watching.nextWindow();
      if (nowUs() < beginUs + load.settleMinMs * 1000) continue;
      const settling = settlingOf(watching.windows.filter(({ phase }) => phase === 'settle'));
      if (settling === 'settled') settledAtMs = Math.round((nowUs() - originUs) / 1000);
      if (settling !== 'moving') break;
    }
  }

  enter('measure');
  const fromUs =
    settleMaxMs === 0
      ? beginUs
      : await ahead(shards, 250_000, (us) => [{ kind: 'measure', fromUs: us, toUs: us + durationUs }]);
  let toUs = fromUs + durationUs;
  const until = (us: number): Promise<void> => sleep(systemClock, Math.max(0, (us - nowUs()) / 1000), signal);
  await until(fromUs);
  const begun = figuresNow();
  const beside = options.beside?.(durationUs / 1000);
  const conducting = scenario.conduct?.(load, {
    at: async (ms) => {
      await until(fromUs + ms * 1000);
      return !signal.aborted;
    },
    server: options.control,
    nowUs,
  });
  // Both are waited for below: what breaks in them is told then, and of what is done to the server at once.
  void Promise.allSettled([beside, conducting]);
  await Promise.race([until(toUs), broken(conducting)]).catch((error: Error) => {
    publisher?.stop(nowUs());
    throw error;
  });
  if (signal.aborted && nowUs() < toUs) {
    // What is on its way is let come, so that it does not count as lost.
    toUs = Math.min(
      toUs,
      await ahead(shards, 250_000, (us) => [{ kind: 'measure', fromUs, toUs: Math.min(toUs, us) }]),
    );
    await sleep(systemClock, Math.max(0, (toUs - nowUs()) / 1000));
  }
  publisher?.stop(toUs);
  await publishing;
  const notes = (await conducting) ?? {};
  const ended = figuresNow();
  const socketsEnded = files() - filesBefore;

  enter('drain');
  await shards.tell({ kind: 'hold' });
  await beside;
  const drained = nowUs() + load.drainMs * 1000;
  if (publisher)
    await watching.untilQuiet(
      () => nowUs() >= drained || shards.problem !== undefined,
      Math.ceil((scenario.quietMs?.(load) ?? 1000) / 1000),
    );
  const fds = openFiles(serverPids());
  const summaries = shards.problem
    ? []
    : await shards.finish(uncountedRows(publisher, churn !== undefined || early < streams.length));
  signal.removeEventListener('abort', stop);
  const trial = concludeTrial({
    x: options.x,
    rep: options.rep,
    scenario,
    load,
    schedule,
    publisher,
    published: publisher,
    totals: loaded.totals,
    counters: loaded.counters,
    canaryTotals: canary.totals,
    // What the canary received is in no count.
    summaries: summaries.flatMap((threads, shard) =>
      threads.filter((_, thread) => shard !== chosen.shard || thread !== chosen.thread),
    ),
    windows: watching.windows,
    broke: watching.broke,
    attempted: watching.attempted,
    measured: watching.measured,
    canarySeconds,
    connects: { attempted: streams.length, ok, dropped: loaded.counters.dropped },
    held,
    baseline,
    sockets: early < streams.length ? socketsEnded : socketsFull,
    moments: { beginUs, fromUs, toUs },
    settledAtMs,
    before,
    full: early < streams.length ? ended : full,
    begun,
    ended,
    idleCpuNsPerSecond,
    fds,
    serverPids: serverPids(),
    threads,
    ceilingPerS: options.ceilingPerS,
    publishesNeeded: options.publishesNeeded,
    problem: shards.problem?.message,
    stoppedIn,
    wantedUs: durationUs,
    opening,
    miscounted,
    notes,
  });
  tell({ kind: 'trial-finished', trial });
  return trial;
}
