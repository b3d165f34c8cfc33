import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect } from 'vitest';

/** A reader of one event stream, by `fetch` and a parser that is not ours. */
export class EventReader {
  readonly events: EventSourceMessage[] = [];
  readonly comments: string[] = [];
  readonly response: Response;
  ended = false;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    void this.#read();
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const abort = new AbortController();
    return new EventReader(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  /** Opens a stream that goes on behind an event; the header carries the id in UTF-8, as a browser sends it. */
  static resume(url: string, lastEventId: string): Promise<EventReader> {
    return EventReader.open(url, { 'Last-Event-ID': Buffer.from(lastEventId).toString('latin1') });
  }

  get data(): string[] {
    return this.events.map(({ data }) => data);
  }

  async hasEvents(count: number): Promise<EventSourceMessage[]> {
    await expect.poll(() => this.events.length, { timeout: 5000, interval: 5 }).toBeGreaterThanOrEqual(count);
    return this.events;
  }

  leave(): void {
    this.#abort.abort();
  }

  async #read(): Promise<void> {
    const parser = createParser({
      onEvent: (event) => this.events.push(event),
      onComment: (comment) => this.comments.push(comment),
    });
    const text = new TextDecoder();
    try {
      for await (const bytes of this.response.body ?? []) parser.feed(text.decode(bytes, { stream: true }));
      this.ended = true;
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }
}
