import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect, onTestFinished } from 'vitest';

/** A client that goes on behind its last event whenever its stream ends or breaks, with whichever server it is told. */
export class ResumingReader {
  readonly events: EventSourceMessage[] = [];
  /** Streams that it opened. */
  opened = 0;
  readonly #url: () => string;
  #lastEventId: string | undefined;
  #stream = new AbortController();
  #left = false;

  /** @param url where to open the next stream; it is left when the test is over */
  constructor(url: () => string) {
    this.#url = url;
    onTestFinished(() => this.leave());
    void this.#run();
  }

  /** Those of its events that were published. */
  get ids(): string[] {
    return this.events.flatMap(({ id }) => id ?? []);
  }

  get data(): string[] {
    return this.events.map(({ data }) => data);
  }

  async isOpen(): Promise<void> {
    await expect.poll(() => this.opened, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
  }

  async hasEvents(count: number): Promise<void> {
    await expect.poll(() => this.events.length, { timeout: 15_000, interval: 5 }).toBeGreaterThanOrEqual(count);
  }

  /** Cuts its stream, and opens the next. */
  hop(): void {
    this.#stream.abort();
  }

  leave(): void {
    this.#left = true;
    this.#stream.abort();
  }

  async #run(): Promise<void> {
    while (!this.#left) {
      this.#stream = new AbortController();
      await this.#read(this.#stream.signal).catch(() => undefined);
      // The client's reconnection time.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> =
      this.#lastEventId === undefined ? {} : { 'Last-Event-ID': this.#lastEventId };
    const response = await fetch(this.#url(), { headers, signal });
    if (!response.ok) return;
    this.opened += 1;
    const parser = createParser({
      onEvent: (event) => {
        this.events.push(event);
        this.#lastEventId = event.id ?? this.#lastEventId;
      },
    });
    const text = new TextDecoder();
    for await (const bytes of response.body ?? []) parser.feed(text.decode(bytes, { stream: true }));
  }
}
