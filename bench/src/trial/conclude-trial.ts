import { seededRandom } from '@ssert/protocol';
import { type HdrDelta, hdrLength, totalOf, valueAtShare } from '../engine/hdr-layout.ts';
import { histogramRecord } from '../engine/hdr-record.ts';
import type { ReceiverCounter, ReceiverHistogram, ReceiverSummary } from '../engine/receiver-memory.ts';
import { type Published, type Publisher, publishConnections } from '../publisher/publisher.ts';
import type { Schedule } from '../publisher/schedule.ts';
import type { Finding, GeneratorUse, ServerUse, Trial, Window } from '../results/bench-result.ts';
import { type ClientCounts, clientsOfAll } from '../results/client-counts.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { type SelfCheck, validityOf } from '../self-check/validity.ts';
import { hostFigures } from '../server-use/host-figures.ts';
import type { Baseline } from '../server-use/memory-baseline.ts';
import { type ProcessFigures, sameClock } from '../server-use/process-figures.ts';
import type { Load } from '../settings.ts';
import { deliveryCounts } from './delivery-counts.ts';
import { fairnessOf } from './fairness.ts';
import { fanOutSkew } from './fan-out-skew.ts';
import { findingsOf } from './findings.ts';
import { laterThanCanary, p99Interval } from './p99-interval.ts';

/** What server and generator had used by one moment. */
export interface Figures {
  readonly server: ProcessFigures;
  readonly generator: ProcessFigures;
}

/** All that a trial has seen. */
export interface Observations {
  readonly x: number;
  readonly rep: number;
  readonly scenario: Scenario;
  readonly load: Load;
  readonly schedule: Schedule;
  /** Absent where another shard publishes, or nobody. */
  readonly publisher: Publisher | undefined;
  /** What became of the publishes, whoever sent them. */
  readonly published: Published | undefined;
  readonly totals: Readonly<Record<ReceiverHistogram, Float64Array>>;
  readonly canaryTotals: Readonly<Record<ReceiverHistogram, Float64Array>>;
  readonly counters: Readonly<Record<ReceiverCounter, number>>;
  readonly summaries: readonly ReceiverSummary[];
  readonly windows: readonly Window[];
  /** What came in each second that was measured, by how late it was; by the second from the begin of the trial. */
  readonly measured: ReadonlyMap<number, HdrDelta>;
  /** The same of the canary's streams, in any second; absent where they are the only ones. */
  readonly canarySeconds?: ReadonlyMap<number, HdrDelta> | undefined;
  /** Limits that each window broke. */
  readonly broke: readonly (readonly string[])[];
  /** Connects that were tried by the end of each window. */
  readonly attempted: readonly number[];
  /** Of the streams, by the first connect of each. */
  readonly connects: Trial['connects'];
  /** Streams that the server held when all were open, the canary's as well. */
  readonly held: number;
  readonly baseline: Baseline;
  /** Files that the server had opened more when all streams were open: their sockets. */
  readonly sockets: number;
  /** us of `nowUs`: when publishing began, and what was measured. */
  readonly moments: { readonly beginUs: number; readonly fromUs: number; readonly toUs: number };
  readonly settledAtMs: number | undefined;
  /** Before the first connect, with all streams open, and at the two ends of what was measured. */
  readonly before: Figures;
  readonly full: Figures;
  readonly begun: Figures;
  readonly ended: Figures;
  readonly idleCpuNsPerSecond: number;
  readonly fds: number;
  readonly serverPids: readonly number[];
  readonly threads: number;
  readonly ceilingPerS: number | undefined;
  /** For the percentiles asked for. */
  readonly publishesNeeded: number;
  readonly problem: string | undefined;
  /** The phase in which the trial was interrupted. */
  readonly stoppedIn?: Window['phase'] | undefined;
  /** How long was to be measured. */
  readonly wantedUs: number;
  /** What was found while the streams connected. */
  readonly opening: readonly Finding[];
  /** What was found of the server's own count. */
  readonly miscounted: readonly Finding[];
  readonly notes: Readonly<Record<string, number>>;
}

/** What a trial has found. */
export function concludeTrial(seen: Observations): Trial {
  const { scenario, load, schedule, publisher, totals, summaries, windows, moments } = seen;
  const clients = clientsOfAll(summaries.flatMap((summary) => summary.clients ?? []));
  const connects = connectsOf(seen, clients);
  const counts = deliveryCounts(summaries, seen.published, schedule, moments);
  const restamped = summaries.reduce((sum, { tally }) => sum + tally.restamped, 0);
  const found = findingsOf({ counts, restamped, summaries, schedule, beginUs: moments.beginUs });
  // Where nothing is published, what is measured is how streams are opened.
  const phases = scenario.publishes ? ['settle', 'measure'] : ['ramp', 'measure'];
  const watched = seen.broke.filter((_, at) => phases.includes(windows[at]?.phase ?? ''));
  const canaryP99Us = valueAtShare(seen.canaryTotals.delivery, 0.99);
  const later = seen.canarySeconds && laterThanCanary(seen.measured, seen.canarySeconds, seededRandom(load.seed));
  const check = validityOf({
    seconds: watched,
    loadedP99Us: valueAtShare(totals.delivery, 0.99),
    canaryP99Us,
    laterByUs: later?.[0],
    askedPerS: (counts.expected * 1e6) / (moments.toUs - moments.fromUs),
    ceilingPerS: seen.ceilingPerS,
    pressureKnown: hostFigures().psiCpuUs !== null,
    sameClock: seen.serverPids.every(sameClock),
    publishing: publisher && { mostUnderWay: publisher.mostUnderWay, connections: publishConnections },
    problem: seen.problem ?? miscounted(counts) ?? allRefused(counts),
    interrupted: interruption(seen),
  });
  // Where this machine was busy, heads may have been late because of that.
  const findings = [
    ...(check.validity === 'invalid' && connects.ok > 0 ? [] : seen.opening),
    ...seen.miscounted,
    ...found,
  ];
  const fairness = fairnessOf(summaries);
  const held = heldStreams(seen, clients);
  const server = serverUse(seen, counts.delivered, held);
  // Where events are missing, what came does not tell p99.
  const p99Ci95 =
    counts.lost + counts.lostAcrossReconnect > 0
      ? undefined
      : p99Interval([...seen.measured.values()], seededRandom(load.seed));
  return {
    x: seen.x,
    rep: seen.rep,
    ...check,
    ...(seen.settledAtMs === undefined ? {} : { settledAtMs: seen.settledAtMs }),
    // Clients that are away, or do not read, fall behind by their plans.
    unstable: clients.length === 0 && fallsBehind(windows.filter(({ phase }) => phase === 'measure')),
    lowN: scenario.publishes && counts.publishes < seen.publishesNeeded,
    connects,
    counts,
    hist: {
      connect: histogramRecord(totals.connect),
      ttfh: histogramRecord(totals.ttfh, Math.max(0, connects.attempted - connects.ok)),
      ...ifAny('ttfe', totals.ttfe),
      ...(scenario.publishes
        ? { delivery: histogramRecord(totals.delivery, counts.lost + counts.lostAcrossReconnect) }
        : {}),
      ...(publisher ? { publishLag: histogramRecord(publisher.lag.counts) } : {}),
      ...(publisher ? { publishAck: histogramRecord(publisher.ack.counts, publisher.unanswered) } : {}),
      ...ifAny('skew', fanOutSkew(summaries).counts),
      ...ifAny('gap', totals.gap),
    },
    ...(p99Ci95 ? { p99Ci95 } : {}),
    ...(fairness ? { fairness } : {}),
    ...(server ? { server } : {}),
    generator: {
      ...generatorUse(seen, counts.delivered, held, watched),
      ...(canaryP99Us === null ? {} : { canaryP99Us }),
      ...(later ? { laterThanCanaryCi95: later } : {}),
    },
    windows,
    findings,
    ...(clients.length > 0 ? { clients } : {}),
    ...(scenario.findings
      ? {
          scenario: scenario.findings({
            load,
            summaries,
            windows,
            attempted: seen.attempted,
            schedule,
            refused: new Set(seen.published?.refused),
            counters: seen.counters,
            beginUs: moments.beginUs,
            untilUs: moments.toUs,
            notes: seen.notes,
          }),
        }
      : {}),
  };
}

function interruption({ stoppedIn, moments, wantedUs }: Observations): SelfCheck['interrupted'] {
  if (stoppedIn === undefined || stoppedIn === 'drain') return undefined;
  const measuredUs = stoppedIn === 'measure' ? moments.toUs - moments.fromUs : 0;
  return { measuredS: measuredUs / 1e6, wantedS: wantedUs / 1e6 };
}

/** Where clients connect all the time, those connects count whose client waited for the answer, and had it or gave up. */
function connectsOf(
  { connects, scenario, counters }: Observations,
  clients: readonly ClientCounts[],
): Trial['connects'] {
  if (scenario.churn) {
    const { ok, refused, failed } = counters;
    return { ...connects, attempted: ok + refused + failed, ok };
  }
  if (clients.length === 0) return connects;
  const sum = (name: 'connects' | 'opened'): number => clients.reduce((total, row) => total + row[name], 0);
  return { ...connects, attempted: sum('connects'), ok: sum('opened') };
}

/** What no server can bring about. */
function miscounted({ expected, delivered }: Trial['counts']): string | undefined {
  if (delivered <= expected) return undefined;
  return `${delivered} events were counted where ${expected} were due: a thread of the engine heard too late what is measured`;
}

/** Of a server that took no event nothing is known. */
function allRefused({ publishes, publishesRefused }: Trial['counts']): string | undefined {
  if (publishes > 0 || publishesRefused === 0) return undefined;
  return `the server refused every publish (${publishesRefused}): look at how it is published to, --publish`;
}

/**
 * What the kernel holds for one TCP socket with empty buffers, on Linux 6 and x86-64: TCP 2368, sock_inode_cache 832, filp
 * 192, dentry 192, eventpoll_epi 128. Only root may read that of the machine itself (`/proc/slabinfo`); what anybody may read
 * goes over all that runs there, caches of files included, and fell where others closed theirs.
 */
const socketBytes = 3712;

/** Streams that were open when what they cost was looked at. */
function heldStreams({ held, windows }: Observations, clients: readonly ClientCounts[]): number {
  if (clients.length === 0) return Math.max(1, held);
  return Math.max(1, windows.findLast(({ phase }) => phase === 'measure')?.streams ?? 0);
}

function serverUse(seen: Observations, delivered: number, held: number): ServerUse | undefined {
  if (seen.serverPids.length === 0) return undefined;
  const { full, begun, ended, baseline, idleCpuNsPerSecond, moments } = seen;
  const cpuNs = Math.max(0, ended.server.cpuNs - begun.server.cpuNs);
  const idleNs = (idleCpuNsPerSecond * (moments.toUs - moments.fromUs)) / 1e6;
  return {
    cpuNs,
    cpuNsPerDelivery: Math.max(0, cpuNs - idleNs) / Math.max(1, delivered),
    idleCpuNsPerSecond,
    rssBytes: ended.server.rssBytes,
    rssBytesBefore: baseline.rssBytes,
    rssBytesPerStream: (full.server.rssBytes - baseline.rssBytes) / held,
    ...(baseline.heldMore ? { heldMore: true } : {}),
    kernelBytesPerStream: (Math.max(0, seen.sockets) * socketBytes) / held,
    fds: seen.fds,
  };
}

function generatorUse(
  { begun, ended, before, full, threads }: Observations,
  delivered: number,
  held: number,
  watched: readonly (readonly string[])[],
): GeneratorUse {
  const cpuNs = ended.generator.cpuNs - begun.generator.cpuNs;
  return {
    workers: threads,
    cpuNs,
    cpuNsPerDelivery: cpuNs / Math.max(1, delivered),
    rssBytes: ended.generator.rssBytes,
    bytesPerStream: (full.generator.rssBytes - before.generator.rssBytes) / held,
    badWindows: watched.filter((broke) => broke.length > 0).length / Math.max(1, watched.length),
  };
}

/** Less comes than is asked for, and what comes is later and later: no load that the server could hold. */
function fallsBehind(windows: readonly Window[]): boolean {
  const half = Math.floor(windows.length / 2);
  if (half < 2) return false;
  const sum = (of: (window: Window) => number): number => windows.reduce((total, window) => total + of(window), 0);
  const p99 = (some: readonly Window[]): number => {
    const values = some.map((window) => window.p99 ?? 0).sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)] ?? 0;
  };
  const later = p99(windows.slice(half)) > 1.2 * p99(windows.slice(0, half));
  return later && sum(({ delivered }) => delivered) < 0.98 * sum(({ offered }) => offered);
}

function ifAny(name: 'ttfe' | 'skew' | 'gap', counts: ArrayLike<number>): Trial['hist'] {
  return counts.length === hdrLength + 1 && totalOf(counts) > 0 ? { [name]: histogramRecord(counts) } : {};
}
