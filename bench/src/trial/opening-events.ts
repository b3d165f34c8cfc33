import { type Clock, sleep } from '@ssert/protocol';
import { openingSeq, stamped } from '../audit/stamp.ts';
import type { ReceiverCounter } from '../engine/receiver-memory.ts';
import type { Publish } from '../publisher/publisher.ts';
import type { Finding } from '../results/bench-result.ts';
import type { Tell } from './progress.ts';

/** Between two events for those that connect. */
const everyMs = 250;
/** Publishes under way at once, where there are many topics. */
const atOnce = 64;

export interface OpeningOptions {
  /** Absent where nothing can be published, or the scenario publishes nothing. */
  readonly publish: Publish | undefined;
  readonly topics: readonly string[];
  /** The `run` of the stamps. */
  readonly run: number;
  readonly clock: Clock;
  readonly tell: Tell;
}

/** Seconds in which connections stand and not one head comes, before the server is taken for one of these. */
const patienceS = 5;
/** Of the streams that opened, those whose head came along with an event: by chance it is a few. */
const nearlyAll = 0.9;

/**
 * Several servers send no head before a stream's first event, so that none of their streams would open. Where connections
 * stand and no head comes, events that are in no count are published while streams connect.
 */
export class OpeningEvents {
  readonly #options: OpeningOptions;
  readonly #closed = new AbortController();
  #seen = { ok: 0, waiting: 0, byEvents: 0 };
  #withoutHeadS = 0;
  #begun = false;

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  /** Looks at what the receivers have counted; to be called once a second while streams connect. */
  look({ connected, ok, failed, refused, leftEarly, openedByEvents }: Readonly<Record<ReceiverCounter, number>>): void {
    const waiting = connected - ok - failed - refused - leftEarly;
    this.#seen = { ok, waiting, byEvents: openedByEvents };
    // A server that is only slow opens some.
    this.#withoutHeadS = waiting > 0 && ok === 0 ? this.#withoutHeadS + 1 : 0;
    if (this.#withoutHeadS === patienceS && !this.#begun) this.#begin();
  }

  /** The streams have connected, or are not waited for any longer. @returns what the server has done */
  close(): Finding[] {
    this.#closed.abort();
    const { ok, waiting, byEvents } = this.#seen;
    if (!this.#begun || byEvents < nearlyAll * ok) return [];
    return [{ name: 'withholds', count: ok > 0 ? ok : waiting, sentence: this.#sentence() }];
  }

  #begin(): void {
    const { publish, tell } = this.#options;
    this.#begun = true;
    const message = publish
      ? 'streams are connected and no head comes: events in no count are published to open them'
      : 'streams are connected and no head comes: many servers send none before the first event';
    tell({ kind: 'note', message });
    if (publish) void this.#publish(publish);
  }

  async #publish(publish: Publish): Promise<void> {
    const { topics, run, clock } = this.#options;
    const data = topics.map((_, topic) => stamped({ run, topic, seq: openingSeq, intendedUs: 0 }, 0));
    const { signal } = this.#closed;
    while (!signal.aborted) {
      for (let from = 0; from < topics.length && !signal.aborted; from += atOnce) {
        const some = topics.slice(from, from + atOnce);
        // Whether it is taken shows in the streams.
        await Promise.allSettled(some.map((topic, at) => publish(data[from + at] ?? '', topic)));
      }
      await sleep(clock, everyMs, signal);
    }
  }

  #sentence(): string {
    const { ok, waiting } = this.#seen;
    if (ok > 0) {
      return `${ok} streams had no head before their first event: events were published to open them, and times to the first head and event are of those`;
    }
    const connected = `${waiting} streams were connected and the server sent them no head`;
    return this.#options.publish
      ? `${connected}, not even when events were published to open them: do those reach the streams of this URL?`
      : `${connected}: many send none before the first event; let yours send it at once (flushHeaders() in Node), or run a scenario that publishes, with --publish URL, so that events open them`;
  }
}
