import type { ClientCounts } from './client-counts.ts';

/** What one bench run found: the content of `bench.json`. Every reporter, `bench compare` and the models read only this. */
export interface BenchResult {
  readonly schema: 'sse-bench/1';
  readonly id: string;
  readonly seed: number;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Somebody ended the run before it was done: it has what was measured until then. */
  readonly interrupted?: true;
  readonly tool: { readonly name: string; readonly version: string };
  readonly host: Host;
  readonly target: BenchTarget;
  readonly plan: Plan;
  readonly slo?: { readonly expr: string; readonly ast: SloTree };
  readonly verdict: Verdict;
  readonly clock: { readonly method: string; readonly offsetUs: number; readonly boundUs: number };
  readonly trials: readonly Trial[];
  readonly rest?: RestBeside;
  /** Present where a capacity was searched, found or not. */
  readonly search?: Search;
  readonly capacity?: Capacity;
  readonly model?: Models;
  readonly projection?: readonly Projection[];
}

/** Requests in a closed loop, and what came of them. */
export interface RestRun {
  /** Answered with a status below 400. */
  readonly requestsPerS: number;
  /** Of those, us from the request: a closed loop asks less while a server is slow. */
  readonly answers: HistogramRecord;
  /** Answered with a status from 400 up. */
  readonly refused: number;
  /** Without an answer. */
  readonly errors: number;
  /** Why the times may not be the server's; one sentence each. */
  readonly doubts: readonly string[];
}

/** What requests and streams do to each other: the first trial is without requests, the last one with them. */
export interface RestBeside {
  readonly url: string;
  readonly connections: number;
  /** Before any stream was open. */
  readonly alone: RestRun;
  /** While the streams of the last trial were measured. */
  readonly beside: RestRun;
}

export interface Host {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  /** Whether load and server shared this machine. */
  readonly loopback: boolean;
  /** CPUs that generator and server were pinned to; absent where they shared all. */
  readonly pinned?: { readonly generator: string; readonly server: string };
}

export interface BenchTarget {
  /** Without credentials. */
  readonly url: string;
  readonly protocol: 'http/1.1' | 'h2';
  readonly tls: boolean;
  /** Who stamps the intended time: we publish, the server keeps to our schedule, or nobody. */
  readonly mode: 'published' | 'paced' | 'opaque';
  readonly pid?: number;
  /** How many nodes, processes or cores serve it together; absent: one. */
  readonly nodes?: number;
  /** Of the time, how much of it the server was allowed to run, and did; absent: all. */
  readonly cpuShare?: { readonly asked: number; readonly ran: number };
}

export const scenarioNames = ['storm', 'steady', 'burst', 'churn', 'slow', 'herd', 'soak', 'population'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface Plan {
  readonly scenario: ScenarioName;
  readonly params: Readonly<Record<string, number | string>>;
  /** SHA-256 over the intended times, topics and sizes of all publishes, so that two runs can be told to be the same. */
  readonly scheduleSha256: string;
}

/** A comparison, or several joined by `&&` or `||`. Times are microseconds, sizes bytes, shares 0 to 1. */
export type SloTree =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly SloTree[] }
  | {
      readonly kind: 'compare';
      /** Such as `p99(delivery)`, `loss`, `connect.ok`, `server.rss`. */
      readonly metric: string;
      readonly operator: '<' | '<=' | '>' | '>=' | '==';
      readonly limit: number;
      /** As it was written. */
      readonly text: string;
    };

export type Validity = 'valid' | 'suspect' | 'invalid';

export interface Verdict {
  readonly validity: Validity;
  /** Why it is suspect or invalid; one sentence each. */
  readonly reasons: readonly string[];
  /** Absent without an objective, where the run is invalid or was interrupted, and where a search ended before anything passed. */
  readonly slo?: 'met' | 'missed';
  /** The term of the objective that fails first. */
  readonly binding?: string;
}

/** One measurement at one load. */
export interface Trial {
  /** The load on the axis searched: streams, publishes/s, or connects/s. */
  readonly x: number;
  readonly rep: number;
  readonly validity: Validity;
  readonly reasons: readonly string[];
  /** It is invalid for nothing but seconds in which others used the machine: run again it may be valid. */
  readonly disturbed?: true;
  /** From the begin of the ramp, ms; absent where the run never settled. */
  readonly settledAtMs?: number;
  /** Delivered fell behind offered while latency rose: a fail, whatever the percentiles. */
  readonly unstable: boolean;
  /** Too few publishes for the percentiles asked for. */
  readonly lowN: boolean;
  readonly connects: { readonly attempted: number; readonly ok: number; readonly dropped: number };
  readonly counts: DeliveryCounts;
  readonly hist: Readonly<Partial<Record<HistogramName, HistogramRecord>>>;
  /** Of p99 of delivery, us, over the seconds that were measured; absent where events are missing or too few came. */
  readonly p99Ci95?: readonly [number, number];
  readonly fairness?: Fairness;
  readonly server?: ServerUse;
  readonly generator: GeneratorUse;
  readonly windows: readonly Window[];
  /** What the server did to events, or to its own process, that no percentile tells. */
  readonly findings?: readonly Finding[];
  /** What became of each kind of client of a population. */
  readonly clients?: readonly ClientCounts[];
  /** What only this scenario measures, such as `backAt50Ms` of `herd`. */
  readonly scenario?: Readonly<Record<string, number | string | boolean>>;
}

export const findingNames = [
  'drops',
  'duplicates',
  'reorders',
  'corrupts',
  'restamps',
  'stalls',
  'starves',
  'leaks',
  'withholds',
  'miscounts',
] as const;

/** Something that a server should not do, by its name. */
export interface Finding {
  readonly name: (typeof findingNames)[number];
  /** Events, streams or stalls; of a leak bytes for each connection, of withheld heads streams. */
  readonly count: number;
  readonly sentence: string;
}

export interface DeliveryCounts {
  /** Publishes of the measured phase times the streams subscribed to them. */
  readonly expected: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicate: number;
  readonly reordered: number;
  readonly corrupt: number;
  /** Within two round trips of an edge of the phase or of a subscription: in no other count. */
  readonly edge: number;
  readonly redelivered: number;
  readonly lostAcrossReconnect: number;
  readonly publishes: number;
  readonly publishesRefused: number;
}

/** Times from the intended moment: tcp/tls connect, first head, first event, delivery; publisher's lag and answer; fan-out skew. */
export const histogramNames = [
  'connect',
  'ttfh',
  'ttfe',
  'delivery',
  'publishLag',
  'publishAck',
  'skew',
  'gap',
] as const;
export type HistogramName = (typeof histogramNames)[number];

export interface HistogramRecord {
  readonly unit: 'us';
  /** HDR histogram, V2, compressed, base64. */
  readonly hdrV2: string;
  readonly count: number;
  /** Values above the largest that the histogram holds (2^31-1 us); they are in `count`. */
  readonly overflow: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  /** The latest that came; 0 where none did. */
  readonly max: number;
  /** Expected but never seen: infinitely late. In `delivery` the percentiles are over `count + missing`; one that falls there is null. */
  readonly missing: number;
}

export interface Fairness {
  /** Jain's index of delivered/expected over the streams; 1 is equal. */
  readonly jain: number;
  /** p99 of delivery over the worst 1 % of the streams, us. */
  readonly worst1pctUs: number;
  /** Spearman's rank correlation of order of connecting and mean delay. */
  readonly positionBias: number;
}

export interface ServerUse {
  readonly cpuNs: number;
  readonly cpuNsPerDelivery: number;
  readonly idleCpuNsPerSecond: number;
  readonly rssBytes: number;
  /** Before the first stream of this process. */
  readonly rssBytesBefore: number;
  /** From before the first stream of this process on. */
  readonly rssBytesPerStream: number;
  /** The process has held more streams before and may have kept their memory: per stream is an upper end. */
  readonly heldMore?: true;
  /** Of the server's sockets in the kernel, while nothing waits in them. */
  readonly kernelBytesPerStream: number;
  readonly fds: number;
}

export interface GeneratorUse {
  readonly workers: number;
  readonly cpuNs: number;
  readonly cpuNsPerDelivery: number;
  readonly rssBytes: number;
  readonly bytesPerStream: number;
  /** Share of 1 s windows that broke a limit of the self-check. */
  readonly badWindows: number;
  /** p99 of delivery of the canary's few streams, us; absent where nothing was delivered. */
  readonly canaryP99Us?: number;
  /** By how much p99 of the other streams was later in the same seconds, us: a 95 % interval. */
  readonly laterThanCanaryCi95?: readonly [number, number];
}

/** One second. Times us. */
export interface Window {
  /** ms from the begin of the trial */
  readonly t: number;
  readonly phase: 'ramp' | 'settle' | 'measure' | 'drain';
  readonly streams: number;
  readonly offered: number;
  readonly delivered: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly rss: number | null;
  /** Share of one core that the server used. */
  readonly cpu: number | null;
  /** Highest event loop utilisation of a worker of ours. */
  readonly elu: number;
  /** Share of the time in which some task waited for a CPU (pressure stall information); null where the kernel tells nothing. */
  readonly psi: number | null;
  /** Share of the time that a thread of ours which receives or publishes waited for a CPU, of the one that waited longest. */
  readonly cpuWait?: number;
  /** Share of one core that neither we nor the server used. */
  readonly foreignCpu?: number;
  /** Broke a limit of the self-check. */
  readonly bad: boolean;
}

/** What a search may change. */
export const searchAxes = ['streams', 'rate', 'connectRate'] as const;

/** Why a search ended: `trials` is its budget of them, `precision` that it came close enough, `disturbed` that others used the machine. */
export const stopReasons = [
  'precision',
  'time',
  'trials',
  'generator',
  'invalid',
  'disturbed',
  'nothing-passes',
  'interrupted',
] as const;
export type StopReason = (typeof stopReasons)[number];

/** What was searched, and why that ended. Without a capacity, only `nothing-passes` says that the server holds nothing. */
export interface Search {
  readonly axis: Capacity['axis'];
  readonly stop: StopReason;
}

export interface Capacity {
  readonly axis: (typeof searchAxes)[number];
  /** Holds: the highest load that was confirmed, or that passed at all where nothing was. */
  readonly lo: number;
  /** Fails: the lowest that did; null where none did, as the generator was the limit or the search ended before. */
  readonly hi: number | null;
  /** Over trials. */
  readonly ci95: readonly [number, number];
  /** `time`: the budget of time or trials ended first, somebody ended the run, or others on this machine left it no valid trial. */
  readonly limitedBy: 'server' | 'generator' | 'time';
  /** Whether `lo` held in repeated trials, the server started anew for each where the run can start it. */
  readonly confirmed: boolean;
  readonly binding?: string;
  readonly knee?: { readonly x: number; readonly ci95: readonly [number, number] };
  /** A load passed above one that failed, also after repeating. */
  readonly nonMonotone: boolean;
  /** Whether half the capacity held again after the overload; null where it was not tried. */
  readonly recovered: boolean | null;
  readonly lowN: boolean;
}

export interface UslModel {
  readonly kind: 'usl' | 'amdahl' | 'linear';
  readonly gamma: number;
  readonly alpha: number;
  readonly beta: number;
  /** The n of the most throughput; null where it never falls. */
  readonly nMax: number | null;
  readonly ci95: Readonly<Record<'gamma' | 'alpha' | 'beta', readonly [number, number]>>;
  readonly aicc: number;
}

export interface Models {
  readonly usl?: UslModel;
  /** bytes = base + perStream * streams + perBacklogByte * backlog bytes */
  readonly memory?: {
    readonly base: number;
    readonly perStream: number;
    readonly perStreamCi95: readonly [number, number];
    readonly perBacklogByte?: number;
    readonly kernelPerStream: number;
  };
  /** cores = idle + (perStream * streams + perDelivery * deliveries/s + perConnect * connects/s) / nodes + perPublish * publishes/s */
  readonly cpu?: {
    readonly idle: number;
    readonly perStream: number;
    readonly perDelivery: number;
    readonly perConnect: number;
    readonly perPublish: number;
  };
  /** What could not be modelled or projected, and what is missing for it. */
  readonly refusals: readonly string[];
}

export interface Projection {
  readonly target: { readonly streams: number; readonly publishesPerS: number };
  /** From perfect scaling to the upper end of the confidence intervals. */
  readonly nodes: readonly [number, number];
  readonly boundBy: 'cpu' | 'memory' | 'bandwidth' | 'herd' | 'capacity';
  readonly assumptions: readonly string[];
  /** Far beyond what was measured, or measured on loopback only. */
  readonly hypothesis: boolean;
}
