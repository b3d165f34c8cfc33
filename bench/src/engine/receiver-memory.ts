import type { ClientCounts } from '../results/client-counts.ts';
import { HdrCounts, type HdrDelta, hdrBytes } from './hdr-layout.ts';
import type { Reconnections } from './reconnections.ts';

/**
 * What a receiver counts while it works; `window` has deliveries of any time, measured or not. Neither it nor `delivery` has
 * what was due while a client was away.
 */
export const receiverHistograms = ['connect', 'ttfh', 'ttfe', 'delivery', 'gap', 'window'] as const;
export type ReceiverHistogram = (typeof receiverHistograms)[number];

/** Numbers that only grow, but for `open`, `away`, `loopUtilisation` and `loopDelayP99Us`, which are of the moment. */
export const receiverCounters = [
  'attempted',
  'connected',
  'ok',
  'failed',
  'refused',
  /** Streams that were answered in any way, a failure included, and those of them whose first answer opened them. */
  'firstAnswers',
  'firstOk',
  'dropped',
  'left',
  /** Of those, the ones whose connection stood, and whose response had not begun. */
  'leftEarly',
  'reconnected',
  'events',
  /** Streams whose head came along with an event that was published to open them. */
  'openedByEvents',
  'deliveries',
  'comments',
  'bytes',
  'open',
  /** Clients that mean to come back, and have no head yet. */
  'away',
  'loopUtilisation',
  'loopDelayP99Us',
  'cpuNs',
  'waitNs',
] as const;
export type ReceiverCounter = (typeof receiverCounters)[number];

/** Written by the thread, read by who started it. */
export interface ReceiverMemory {
  readonly histograms: Readonly<Record<ReceiverHistogram, SharedArrayBuffer>>;
  readonly counters: SharedArrayBuffer;
}

export function newReceiverMemory(): ReceiverMemory {
  const histograms = Object.fromEntries(receiverHistograms.map((name) => [name, new SharedArrayBuffer(hdrBytes)]));
  return {
    histograms: histograms as Record<ReceiverHistogram, SharedArrayBuffer>,
    counters: new SharedArrayBuffer(receiverCounters.length * Float64Array.BYTES_PER_ELEMENT),
  };
}

/** The counters by name, over that memory. */
export class ReceiverCounters {
  readonly #values: Float64Array;

  constructor({ counters }: ReceiverMemory) {
    this.#values = new Float64Array(counters);
  }

  add(name: ReceiverCounter, by = 1): void {
    const at = indexes[name];
    this.#values[at] = (this.#values[at] ?? 0) + by;
  }

  set(name: ReceiverCounter, value: number): void {
    this.#values[indexes[name]] = value;
  }

  get(name: ReceiverCounter): number {
    return this.#values[indexes[name]] ?? 0;
  }

  all(): Record<ReceiverCounter, number> {
    return Object.fromEntries(receiverCounters.map((name) => [name, this.get(name)])) as Record<
      ReceiverCounter,
      number
    >;
  }
}

const indexes = Object.fromEntries(receiverCounters.map((name, at) => [name, at])) as Record<ReceiverCounter, number>;

export function histogramsOf(memory: ReceiverMemory): Record<ReceiverHistogram, HdrCounts> {
  return Object.fromEntries(receiverHistograms.map((name) => [name, new HdrCounts(memory.histograms[name])])) as Record<
    ReceiverHistogram,
    HdrCounts
  >;
}

/** What a receiver tells each second: how its histograms have grown, and its counters. */
export interface ReceiverRecord {
  readonly atUs: number;
  readonly growth: Readonly<Record<ReceiverHistogram, HdrDelta>>;
  readonly counters: Readonly<Record<ReceiverCounter, number>>;
}

/** What a receiver tells at its end. */
export interface ReceiverSummary {
  readonly tally: Readonly<Record<'duplicate' | 'redelivered' | 'edge' | 'corrupt' | 'restamped', number>>;
  readonly expected: number;
  readonly delivered: number;
  readonly lost: number;
  readonly lostAcrossReconnect: number;
  /** Per stream: its number, what was expected of it and what came, and the mean delay in us. */
  readonly numbers: Uint32Array;
  readonly expectedOf: Uint32Array;
  readonly deliveredOf: Uint32Array;
  readonly meanUsOf: Float64Array;
  /** Counts of delays (`DelaySketches`) of the 1 % of the streams with the largest mean. */
  readonly worstDelays: Float64Array;
  /** Per publish, when the first and the last stream had it; 0 where none. */
  readonly firstUs: Float64Array;
  readonly lastUs: Float64Array;
  /** Per publish, how many streams had a later one before. */
  readonly overtaken: Uint32Array;
  /** Absent where nobody comes back who has lost a connection. */
  readonly reconnections?: Reconnections;
  /** Per stream that reads slowly: bytes that it has read, and when its connection was ended; 0 where it was not. */
  readonly slow: readonly { readonly number: number; readonly bytes: number; readonly endedUs: number }[];
  /** Of a population that is played, a row for each kind and what it may lack. */
  readonly clients?: readonly ClientCounts[];
}
