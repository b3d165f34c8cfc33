import { type Clock, createParser, LimitError, type Parser } from '@ssert/protocol';
import type { EventMap } from './events.ts';
import { messageOf, type Problem } from './problem.ts';
import { requestStream } from './request.ts';
import { refusalOf } from './response.ts';
import { type EventStreamSettings, parserLimits } from './settings.ts';
import { retryAfterMs } from './waiting.ts';

/** How one connection ended, and whether another may follow. */
export interface Ending {
  readonly problem: Problem;
  readonly fatal: boolean;
  /** A connection that opened is no failed try. */
  readonly opened: boolean;
  /** What the refusing server asked for. */
  readonly retryAfterMs?: number | undefined;
}

/** Whom a connection tells, in the order of the stream. Any of these may drop it. */
export interface ConnectionCallbacks {
  /** The response is accepted; its events come from `origin`. */
  readonly onOpen: (origin: string) => void;
  readonly onEvent: (type: string, data: string, lastEventId: string) => void;
  readonly onRetry: (reconnectionTimeMs: number) => void;
  /** Called behind each chunk; the next is read once the promise resolves. */
  readonly onChunk: (lastEventId: string) => Promise<void> | undefined;
}

/** One request and its response, read to the end. */
export class Connection<M extends EventMap> {
  readonly #url: string;
  readonly #settings: EventStreamSettings<M>;
  readonly #clock: Clock;
  readonly #callbacks: ConnectionCallbacks;
  readonly #abort = new AbortController();
  #dropped: Problem | undefined;
  #parser: Parser | undefined;
  #reader: { cancel(): Promise<void> } | undefined;
  #opened = false;

  constructor(url: string, settings: EventStreamSettings<M>, clock: Clock, callbacks: ConnectionCallbacks) {
    this.#url = url;
    this.#settings = settings;
    this.#clock = clock;
    this.#callbacks = callbacks;
  }

  /** Ends it now: nothing is called back any more. Safe to call twice. */
  drop(problem: Problem): void {
    if (this.#dropped) return;
    this.#dropped = problem;
    // Neither a body that came before, nor one of a `fetch` that does not heed its signal, is delivered.
    this.#parser?.end();
    this.#reader?.cancel().catch(() => undefined);
    this.#abort.abort();
  }

  /** Connects and reads. Gives how it ended; undefined where the server said that the stream is over (204). */
  async run(lastEventId: string): Promise<Ending | undefined> {
    try {
      const asked = requestStream(this.#url, this.#settings, lastEventId, this.#abort.signal);
      const response = await this.#withinWatchdog(asked);
      if (this.#dropped) return this.#ending(this.#dropped);
      const refusal = refusalOf(response);
      if (!refusal) {
        await this.#read(response, lastEventId);
        return this.#ending(this.#dropped ?? { kind: 'end', message: 'the server ended the stream' });
      }
      // Its body may never end.
      this.#abort.abort();
      if (response.status === 204) return undefined;
      return {
        ...this.#ending(refusal, !this.#mayRetry(refusal)),
        retryAfterMs: retryAfterMs(response.headers.get('retry-after'), this.#clock.wallTime()),
      };
    } catch (cause) {
      if (this.#dropped) return this.#ending(this.#dropped);
      this.#abort.abort();
      if (cause instanceof LimitError) return this.#ending({ kind: 'limit', message: cause.message, cause }, true);
      return this.#ending({ kind: 'network', message: `the connection failed: ${messageOf(cause)}`, cause });
    }
  }

  async #read(response: Response, lastEventId: string): Promise<void> {
    const { onOpen, onEvent, onRetry, onChunk } = this.#callbacks;
    this.#opened = true;
    onOpen(new URL(response.url || this.#url).origin);
    const reader = response.body?.getReader();
    if (!reader || this.#dropped) return;
    this.#reader = reader;
    const parser = createParser({
      ...parserLimits(this.#settings),
      lastEventId,
      onRetry,
      onEvent: (event) => onEvent(event.type, event.data, event.lastEventId),
    });
    this.#parser = parser;
    const watched = this.#settings.watchdogMs !== undefined;
    for (;;) {
      // Where there is no watchdog, without the detour: it takes as long as a small chunk.
      const { done, value } = await (watched ? this.#withinWatchdog(reader.read()) : reader.read());
      if (done || this.#dropped) return;
      parser.feed(value);
      if (this.#dropped) return;
      const held = onChunk(parser.lastEventId);
      if (held) await held;
    }
  }

  #ending(problem: Problem, fatal = false): Ending {
    return { problem, fatal, opened: this.#opened };
  }

  #mayRetry({ kind, status = 0 }: Problem): boolean {
    const { retryStatus = [] } = this.#settings;
    if (kind !== 'status') return false;
    return typeof retryStatus === 'function' ? retryStatus(status) : retryStatus.includes(status);
  }

  /** Waits for the head or the next bytes; drops the connection where they take too long. */
  async #withinWatchdog<T>(next: Promise<T>): Promise<T> {
    const { watchdogMs } = this.#settings;
    if (watchdogMs === undefined) return next;
    const message = `nothing came for ${watchdogMs / 1000} s: the connection counts as dead`;
    const cancel = this.#clock.after(watchdogMs, () => this.drop({ kind: 'silent', message }));
    try {
      return await next;
    } finally {
      cancel();
    }
  }
}
