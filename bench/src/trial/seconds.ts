import { grow, hdrLength, valueAtShare } from '../engine/hdr-layout.ts';
import {
  type ReceiverCounter,
  type ReceiverHistogram,
  type ReceiverRecord,
  receiverCounters,
  receiverHistograms,
} from '../engine/receiver-memory.ts';
import type { ThreadName } from '../engine/shards.ts';

/** What the threads of one second have told together. */
export interface Second {
  /** From the begin of the trial. */
  readonly second: number;
  readonly delivered: number;
  /** Counts of how late each of them was that was due while its client was there, in the layout of `hdr-layout.ts`. */
  readonly delays: Float64Array;
  readonly p50: number | null;
  readonly p99: number | null;
  /** Sums over the threads; of what is of the moment the largest. */
  readonly counters: Readonly<Record<ReceiverCounter, number>>;
  /** ns that the busiest thread was on a CPU in this second. */
  readonly busiestCpuNs: number;
  /** ns that a thread was ready in this second and had no CPU, of the one that had to wait longest. */
  readonly longestWaitNs: number;
}

const largest = new Set<ReceiverCounter>(['loopUtilisation', 'loopDelayP99Us']);

/** Puts together what threads tell each second, and all that they told. */
export class Seconds {
  /** Counts over the whole trial. */
  readonly totals: Readonly<Record<ReceiverHistogram, Float64Array>>;
  readonly #threads: number;
  readonly #pending = new Map<
    number,
    { readonly window: Float64Array; readonly records: Map<string, ReceiverRecord> }
  >();
  readonly #last = new Map<string, Readonly<Record<ReceiverCounter, number>>>();
  readonly #done: (second: Second) => void;
  readonly #counters = new Map<string, Readonly<Record<ReceiverCounter, number>>>();

  /**
   * @param threads that tell each second
   * @param done told of each second that all of them have told of
   */
  constructor(threads: number, done: (second: Second) => void) {
    this.#threads = threads;
    this.#done = done;
    const none = receiverHistograms.map((name) => [name, new Float64Array(hdrLength + 1)]);
    this.totals = Object.fromEntries(none) as Record<ReceiverHistogram, Float64Array>;
  }

  /** The counters as they were told last. */
  get counters(): Readonly<Record<ReceiverCounter, number>> {
    return together([...this.#counters.values()]);
  }

  take({ shard, thread }: ThreadName, second: number, record: ReceiverRecord): void {
    const name = `${shard}/${thread}`;
    this.#counters.set(name, record.counters);
    for (const histogram of receiverHistograms) grow(this.totals[histogram], record.growth[histogram]);
    if (second === Number.POSITIVE_INFINITY) return;
    const pending = this.#pending.get(second) ?? { window: new Float64Array(hdrLength + 1), records: new Map() };
    this.#pending.set(second, pending);
    grow(pending.window, record.growth.window);
    pending.records.set(name, record);
    if (pending.records.size < this.#threads) return;
    this.#pending.delete(second);
    let delivered = 0;
    let busiestCpuNs = 0;
    let longestWaitNs = 0;
    for (const [thread, { counters }] of pending.records) {
      const before = this.#last.get(thread) ?? { ...counters, deliveries: 0 };
      delivered += counters.deliveries - before.deliveries;
      busiestCpuNs = Math.max(busiestCpuNs, counters.cpuNs - before.cpuNs);
      longestWaitNs = Math.max(longestWaitNs, counters.waitNs - before.waitNs);
      this.#last.set(thread, counters);
    }
    this.#done({
      second,
      delivered,
      delays: pending.window,
      p50: valueAtShare(pending.window, 0.5),
      p99: valueAtShare(pending.window, 0.99),
      counters: together([...pending.records.values()].map(({ counters }) => counters)),
      busiestCpuNs,
      longestWaitNs,
    });
  }
}

function together(all: readonly Readonly<Record<ReceiverCounter, number>>[]): Record<ReceiverCounter, number> {
  const values = receiverCounters.map((name) => {
    const each = all.map((counters) => counters[name]);
    return [name, largest.has(name) ? Math.max(0, ...each) : each.reduce((sum, value) => sum + value, 0)];
  });
  return Object.fromEntries(values) as Record<ReceiverCounter, number>;
}
