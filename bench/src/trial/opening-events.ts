import { type Clock, sleep } from '@ssert/protocol';
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
  readonly clock: Clock;
  readonly tell: Tell;
}

/**
 * Several servers send no head before a stream's first event, so that none of their streams would open. Where connections
 * stand and no head comes, events without a stamp are published while streams connect; they are in no count.
 */
export class OpeningEvents {
  readonly #options: OpeningOptions;
  readonly #closed = new AbortController();
  #before = { ok: 0, waiting: 0 };
  #withheld = 0;
  #publishing = false;

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  /** Looks at what the receivers have counted; to be called once a second while streams connect. */
  look({ connected, ok, failed, refused }: Readonly<Record<ReceiverCounter, number>>): void {
    const waiting = connected - ok - failed - refused;
    const noHeadComes = waiting > 0 && this.#before.waiting > 0 && ok === this.#before.ok;
    this.#before = { ok, waiting };
    if (!noHeadComes && !this.#publishing) return;
    if (this.#withheld === 0) this.#begin();
    this.#withheld = Math.max(this.#withheld, waiting);
  }

  /** The streams have connected, or are not waited for any longer. @returns what the server has done */
  close(): Finding[] {
    this.#closed.abort();
    const count = this.#withheld;
    if (count === 0) return [];
    return [{ name: 'withholds', count, sentence: this.#sentence(count) }];
  }

  #begin(): void {
    const { publish, tell } = this.#options;
    const message = publish
      ? 'streams are connected and no head comes: events without a stamp are published to open them'
      : 'streams are connected and no head comes: many servers send none before the first event';
    tell({ kind: 'note', message });
    if (!publish) return;
    this.#publishing = true;
    void this.#publish(publish);
  }

  async #publish(publish: Publish): Promise<void> {
    const { topics, clock } = this.#options;
    const { signal } = this.#closed;
    while (!signal.aborted) {
      for (let from = 0; from < topics.length && !signal.aborted; from += atOnce) {
        const some = topics.slice(from, from + atOnce);
        // Whether it is taken shows in the streams.
        await Promise.allSettled(some.map((topic) => publish('opening', topic)));
      }
      await sleep(clock, everyMs, signal);
    }
  }

  #sentence(count: number): string {
    if (!this.#publishing) {
      return `${count} streams were connected and the server sent them no head: many send none before the first event; let yours send it at once (flushHeaders() in Node), or run a scenario that publishes, with --publish URL, so that events open them`;
    }
    if (this.#before.waiting > 0) {
      return `${count} streams were connected and the server sent them no head, not even when events were published to open them: do those reach the streams of this URL?`;
    }
    return `${count} streams had no head before their first event: events were published to open them, and times to the first head and event are of those`;
  }
}
