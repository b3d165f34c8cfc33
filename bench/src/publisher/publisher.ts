import { type Clock, sleep } from '@ssert/protocol';
import { seenWidth } from '../audit/seen-window.ts';
import { stamped } from '../audit/stamp.ts';
import { HdrCounts } from '../engine/hdr-layout.ts';
import { graceUs } from '../engine/receiver-plan.ts';
import type { Schedule } from './schedule.ts';

/** What became of a publish. `no-answer` is no refusal: streams are expected to get the event. */
export type PublishAnswer = 'accepted' | 'refused' | 'no-answer';

/**
 * Connections over which a server is published to, and so the publishes that it has at once. With more of them, events
 * could overtake each other by more than the audit can tell from duplicates.
 */
export const publishConnections: number = seenWidth;

/** Rows that are sent one right after the other, where they are late, before answers and timers have their turn. */
const sentAtOnce = 16;

/** Makes the server emit data on a topic. */
export type Publish = (data: string, topic: string) => Promise<PublishAnswer>;

export interface PublisherOptions {
  readonly publish: Publish;
  readonly topics: readonly string[];
  readonly schedule: Schedule;
  /** The `run` of the stamps. */
  readonly run: number;
  readonly nowUs: () => number;
  readonly clock: Clock;
}

/** What whoever audits must know of the publishes, as rows of the schedule. */
export interface Published {
  /** Those that the server refused. */
  readonly refused: readonly number[];
  /** Those whose answer came late, or not at all. */
  readonly late: readonly number[];
  /** Those that had no answer yet when the next one on their topic was sent. */
  readonly overlapped: ReadonlySet<number>;
}

/** Rows that the server refused; where clients leave also those published so late that nobody can tell who was still there. */
export function uncountedRows(published: Published | undefined, clientsLeave: boolean): number[] {
  if (!published) return [];
  return [...new Set([...published.refused, ...(clientsLeave ? published.late : [])])];
}

/** Publishes a schedule in an open loop: each event at its time, however late the answers to earlier ones are. */
export class Publisher implements Published {
  readonly lag: HdrCounts = new HdrCounts();
  readonly ack: HdrCounts = new HdrCounts();
  /** Rows of the schedule that the server refused. */
  readonly refused: number[] = [];
  /** Rows that had no answer yet when the next one on their topic was sent. */
  readonly overlapped: Set<number> = new Set();
  /** Rows whose answer came late, or not at all. */
  readonly late: number[] = [];
  unanswered = 0;
  /** Rows that were sent. */
  sent = 0;
  /** The most publishes that had no answer at the same time. */
  mostUnderWay = 0;
  readonly #options: PublisherOptions;
  readonly #stopped = new AbortController();
  #untilUs = Number.POSITIVE_INFINITY;
  readonly #pending = new Set<Promise<void>>();
  /** Rows without an answer, by topic. */
  readonly #underWay = new Map<string, Set<number>>();
  readonly #lags: number[] = [];

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Publishes until the schedule ends, or `stop`. @param beginUs when the schedule begins */
  async run(beginUs: number): Promise<void> {
    const { schedule, topics, clock, nowUs } = this.#options;
    const seqs = new Uint32Array(topics.length);
    for (let row = 0; row < schedule.atUs.length; row += 1) {
      const dueUs = beginUs + (schedule.atUs[row] ?? 0);
      const aheadMs = (dueUs - nowUs()) / 1000;
      if (aheadMs > 0) await sleep(clock, aheadMs, this.#stopped.signal);
      else if (row % sentAtOnce === 0) await sleep(clock, 0);
      if (dueUs >= this.#untilUs) return;
      const topic = schedule.topic[row] ?? 0;
      const seq = seqs[topic] ?? 0;
      seqs[topic] = seq + 1;
      const data = stamped({ run: this.#options.run, topic, seq, intendedUs: dueUs }, schedule.bytes[row] ?? 0);
      this.#send(row, dueUs, data, topics[topic] ?? '');
    }
  }

  get stopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Sends nothing more that is due at `untilUs` or later. What is due before is sent, also where it is late by now. */
  stop(untilUs: number): void {
    this.#untilUs = untilUs;
    this.#stopped.abort();
  }

  /** Resolves once every publish under way has its answer. */
  async answered(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** p99 of how late publishes were sent since the last call, us; 0 where none was. */
  takeLagP99Us(): number {
    const lags = this.#lags.splice(0).sort((a, b) => a - b);
    return lags[Math.max(0, Math.ceil(lags.length * 0.99) - 1)] ?? 0;
  }

  #send(row: number, dueUs: number, data: string, topic: string): void {
    const { publish, nowUs } = this.#options;
    const lagUs = nowUs() - dueUs;
    this.lag.record(lagUs);
    this.#lags.push(lagUs);
    this.sent += 1;
    const underWay = this.#underWay.get(topic) ?? new Set();
    this.#underWay.set(topic, underWay);
    for (const earlier of underWay) this.overlapped.add(earlier);
    underWay.add(row);
    const answer = publish(data, topic).then(
      (what) => {
        const tookUs = nowUs() - dueUs;
        this.ack.record(tookUs);
        if (tookUs > graceUs / 2 || what === 'no-answer') this.late.push(row);
        if (what === 'refused') this.refused.push(row);
        if (what === 'no-answer') this.unanswered += 1;
      },
      () => {
        this.late.push(row);
        this.unanswered += 1;
      },
    );
    this.#pending.add(answer);
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#pending.size);
    void answer.finally(() => {
      this.#pending.delete(answer);
      underWay.delete(row);
    });
  }
}
