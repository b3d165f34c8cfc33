import { type Clock, createParser, LimitError, type Parser, type Random } from '@ssert/protocol';
import { decode } from './decoding.ts';
import { EventQueue } from './event-queue.ts';
import { type EventMap, type Problem, StreamErrorEvent, StreamEvent, type StreamState } from './events.ts';
import { followPage } from './page.ts';
import { judgeResponse } from './response.ts';
import { type EventStreamSettings, type Reconnect, resolveReconnect, worldOf } from './settings.ts';
import { retryAfterMs, waitMs } from './waiting.ts';

/** A stream ended for good by a problem; thrown to whoever iterates over it. */
export class StreamFailed extends Error {
  override readonly name = 'StreamFailed';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message, problem.cause === undefined ? {} : { cause: problem.cause });
    this.problem = problem;
  }
}

type EventOf<M extends EventMap> = { [K in keyof M & string]: StreamEvent<M[K], K> }[keyof M & string];
type Own = { open: Event; state: Event; error: StreamErrorEvent };
type Handler<E> = ((event: E) => void) | { handleEvent(event: E): void };

/** How one connection ended, and whether another may follow. */
interface Ending {
  readonly problem: Problem;
  readonly fatal: boolean;
  /** A connection that opened is no failed try. */
  readonly opened: boolean;
  readonly retryAfterMs?: number | undefined;
}

const longestTimerMs = 2 ** 31 - 1;

/**
 * A client of one event stream, on `fetch`: it connects at once, reconnects as the standard says (HTML 9.2.3) with a
 * backoff on top, and tells events by their type, as an `EventTarget` or to `for await`. With iteration nothing is
 * buffered beyond one chunk: while the loop's body works, the stream is not read, and the network holds the server back.
 */
export class EventStream<M extends EventMap = Record<string, string>>
  extends EventTarget
  implements AsyncIterable<EventOf<M>>
{
  readonly url: string;
  readonly #settings: EventStreamSettings<M>;
  readonly #reconnect: Reconnect;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #queues: Set<EventQueue<EventOf<M>>> = new Set();
  readonly #forgetPage: () => void;
  #state: StreamState = { name: 'connecting' };
  #lastEventId: string;
  #retryMs: number | undefined;
  #failures = 0;
  #parser: Parser | undefined;
  /** Ends the connection under way. */
  #drop: ((problem?: Problem) => void) | undefined;
  /** Ends the wait under way. */
  #wake: (() => void) | undefined;
  #resting = false;

  /**
   * @param url resolved against the page's, where there is one
   * @throws TypeError for a URL or headers that cannot be sent, SettingError for settings out of their range
   */
  constructor(url: string | URL, settings: EventStreamSettings<M> = {}) {
    super();
    this.url = new URL(url, pageUrl()).href;
    this.#settings = settings;
    this.#reconnect = resolveReconnect(settings.reconnect);
    const { clock, random } = worldOf(settings);
    this.#clock = clock;
    this.#random = random;
    const preset = typeof settings.headers === 'function' ? null : new Headers(settings.headers).get('last-event-id');
    this.#lastEventId = settings.lastEventId ?? preset ?? '';
    const close = (): void => this.close();
    settings.signal?.addEventListener('abort', close, { once: true });
    const forget = settings.followPage === false ? undefined : followPage(this);
    this.#forgetPage = () => {
      settings.signal?.removeEventListener('abort', close);
      forget?.();
    };
    if (settings.signal?.aborted) this.close();
    else queueMicrotask(() => void this.#run());
  }

  get state(): StreamState {
    return this.#state;
  }

  /** What the next reconnection sends as `Last-Event-ID`. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  override addEventListener<K extends (keyof M & string) | keyof Own>(
    type: K,
    listener: Handler<K extends keyof Own ? Own[K] : StreamEvent<M[K & keyof M], K>> | null,
    options?: Parameters<EventTarget['addEventListener']>[2],
  ): void {
    super.addEventListener(type, listener as Parameters<EventTarget['addEventListener']>[1], options);
  }

  override removeEventListener<K extends (keyof M & string) | keyof Own>(
    type: K,
    listener: Handler<K extends keyof Own ? Own[K] : StreamEvent<M[K & keyof M], K>> | null,
    options?: Parameters<EventTarget['removeEventListener']>[2],
  ): void {
    super.removeEventListener(type, listener as Parameters<EventTarget['addEventListener']>[1], options);
  }

  /** Ends the stream for good; nothing is dispatched any more. Safe to call twice, and from a listener. */
  close(): void {
    this.#close();
  }

  /** Drops the connection and connects again as after an end of the stream. */
  restart(): void {
    this.#drop?.();
  }

  /** Drops the connection and waits for `resume()`. */
  suspend(): void {
    if (this.#state.name === 'closed') return;
    this.#resting = true;
    this.#drop?.();
    this.#wake?.();
  }

  /** Goes on after `suspend()`, from the last event ID. */
  resume(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.#wake?.();
  }

  /** Cuts a backoff short, but for the reconnection time that the server asked for. */
  retryNow(): void {
    if (!this.#resting) this.#wake?.();
  }

  /** Whether the stream waits for `resume()`. */
  get resting(): boolean {
    return this.#resting;
  }

  /**
   * Every event from now on. Leaving the loop closes the stream.
   * @throws StreamFailed, out of the loop, where the stream ends by a problem
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<EventOf<M>, void> {
    const queue = new EventQueue<EventOf<M>>();
    this.#queues.add(queue);
    if (this.#state.name === 'closed') queue.end();
    try {
      yield* queue;
    } finally {
      this.#queues.delete(queue);
      queue.end();
      this.close();
    }
    const { state } = this;
    if (state.name === 'closed' && state.problem) throw new StreamFailed(state.problem);
  }

  async #run(): Promise<void> {
    while (this.#state.name !== 'closed') {
      if (this.#resting) await this.#rest();
      if (this.#closed()) return;
      this.#enter({ name: 'connecting' });
      const ending = await this.#connect();
      if (this.#closed()) return;
      if (!ending) {
        this.#close();
        return;
      }
      if (this.#resting) continue;
      if (ending.fatal) {
        this.#close(ending.problem);
        return;
      }
      if (this.#failures >= this.#reconnect.retries && !ending.opened) {
        const message = `gave up after ${this.#failures + 1} failed tries; the last: ${ending.problem.message}`;
        this.#close({ ...ending.problem, kind: 'gave-up', message });
        return;
      }
      await this.#wait(ending);
    }
  }

  /** Waits out the reconnection time and the backoff. */
  async #wait({ problem, opened, retryAfterMs: asked }: Ending): Promise<void> {
    const failures = opened ? 0 : this.#failures;
    const input = { retryMs: this.#retryMs, failures, retryAfterMs: asked };
    const retryInMs = waitMs(input, this.#reconnect, this.#random);
    // However much of a hurry somebody is in, the reconnection time is the server's to say.
    const least = this.#clock.now() + Math.min(retryInMs, this.#retryMs ?? 0);
    this.#failures = failures + 1;
    this.#enter({ name: 'waiting', problem, retryInMs, failures: opened ? 0 : this.#failures });
    this.dispatchEvent(new StreamErrorEvent(problem, true));
    let until = this.#clock.now() + retryInMs;
    while (!this.#closed() && !this.#resting && this.#clock.now() < until) {
      const woken = await this.#pause(until - this.#clock.now());
      if (woken) until = Math.min(until, least);
    }
  }

  async #rest(): Promise<void> {
    this.#enter({ name: 'waiting', failures: 0 });
    while (this.#resting && !this.#closed()) await this.#pause(Number.POSITIVE_INFINITY);
  }

  /** Resolves after a time, in ms, with false, or with true when somebody wakes it. */
  #pause(durationMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (woken: boolean): void => {
        this.#wake = undefined;
        cancel();
        resolve(woken);
      };
      // A timer above 2^31 - 1 ms fires at once; the caller looks at the time again.
      const cancel = this.#clock.after(Math.min(durationMs, longestTimerMs), () => finish(false));
      this.#wake = () => finish(true);
    });
  }

  /** One connection from request to end. Gives how it ended; undefined where the server said that it is over. */
  async #connect(): Promise<Ending | undefined> {
    const abort = new AbortController();
    let dropped: Problem | undefined;
    this.#drop = (problem = { kind: 'end', message: 'the connection was dropped on request' }) => {
      dropped ??= problem;
      abort.abort();
      // A body that came before the abort would still be delivered.
      this.#parser?.end();
    };
    let opened = false;
    const lost = (cause: unknown): Ending => ({
      problem: dropped ?? { kind: 'network', message: `the connection failed: ${messageOf(cause)}`, cause },
      fatal: false,
      opened,
    });
    try {
      const response = await this.#request(abort.signal);
      const verdict = judgeResponse(response);
      if (verdict.kind !== 'accepted') {
        abort.abort();
        if (verdict.kind === 'over') return undefined;
        const fatal = !this.#mayRetry(response.status);
        const asked = retryAfterMs(response.headers.get('retry-after'), this.#clock.wallTime());
        return { problem: verdict.problem, fatal, opened, retryAfterMs: asked };
      }
      opened = true;
      this.#failures = 0;
      this.#enter({ name: 'open' });
      this.dispatchEvent(new Event('open'));
      await this.#read(response);
      return { problem: dropped ?? { kind: 'end', message: 'the server ended the stream' }, fatal: false, opened };
    } catch (cause) {
      if (cause instanceof LimitError) {
        abort.abort();
        return { problem: { kind: 'limit', message: cause.message, cause }, fatal: true, opened };
      }
      return lost(cause);
    } finally {
      this.#drop = undefined;
      this.#parser = undefined;
    }
  }

  async #request(signal: AbortSignal): Promise<Response> {
    const { headers: given, body: makeBody, credentials, fetch: send = globalThis.fetch } = this.#settings;
    const headers = new Headers(typeof given === 'function' ? await given() : given);
    if (!headers.has('accept')) headers.set('Accept', 'text/event-stream');
    headers.delete('last-event-id');
    if (this.#lastEventId !== '') headers.set('Last-Event-ID', utf8AsLatin1(this.#lastEventId));
    const body = typeof makeBody === 'function' ? makeBody() : makeBody;
    const method = this.#settings.method ?? (body === undefined ? 'GET' : 'POST');
    return send(this.url, {
      method,
      headers,
      signal,
      cache: 'no-store',
      ...(body === undefined ? {} : { body }),
      ...(credentials === undefined ? {} : { credentials }),
    });
  }

  #mayRetry(status: number): boolean {
    const { retryStatus = [] } = this.#settings;
    return typeof retryStatus === 'function' ? retryStatus(status) : retryStatus.includes(status);
  }

  async #read(response: Response): Promise<void> {
    const { maxDataLength } = this.#settings;
    const origin = new URL(response.url || this.url).origin;
    const parser = createParser({
      lastEventId: this.#lastEventId,
      onRetry: (retryMs) => {
        this.#retryMs = retryMs;
      },
      onEvent: ({ type, data, lastEventId }) => {
        this.#lastEventId = lastEventId;
        this.#take(type, data, origin);
        if (this.#closed()) parser.end();
      },
      ...(maxDataLength === undefined ? {} : { maxDataLength }),
    });
    this.#parser = parser;
    const reader = response.body?.getReader();
    while (reader) {
      const { done, value } = await this.#withinWatchdog(reader.read());
      if (done || this.#parser !== parser) return;
      parser.feed(value);
      this.#lastEventId = parser.lastEventId;
      for (const queue of this.#queues) await queue.drained();
    }
  }

  /** Waits for the next bytes; drops the connection where they take too long. */
  async #withinWatchdog<T>(next: Promise<T>): Promise<T> {
    const { watchdogMs } = this.#settings;
    if (watchdogMs === undefined) return next;
    const silent = (): void =>
      this.#drop?.({
        kind: 'silent',
        message: `nothing came for ${watchdogMs / 1000} s: the connection counts as dead`,
      });
    const cancel = this.#clock.after(watchdogMs, silent);
    try {
      return await next;
    } finally {
      cancel();
    }
  }

  #take(type: string, text: string, origin: string): void {
    const { lastEventId } = this;
    const decoder = this.#settings.decode?.[type];
    let data: unknown = text;
    try {
      if (decoder) data = decode(decoder, text);
    } catch (cause) {
      const raw = { type, data: text, lastEventId };
      const message = `the data of an event "${type}" cannot be decoded: ${messageOf(cause)}`;
      this.dispatchEvent(new StreamErrorEvent({ kind: 'payload', message, cause, raw }, true));
      return;
    }
    const event = new StreamEvent(type, { data, lastEventId, origin }) as EventOf<M>;
    this.dispatchEvent(event);
    for (const queue of this.#queues) queue.push(event);
  }

  #enter(state: StreamState): void {
    this.#state = state;
    this.dispatchEvent(new Event('state'));
  }

  #closed(): boolean {
    return this.#state.name === 'closed';
  }

  #close(problem?: Problem): void {
    if (this.#closed()) return;
    this.#forgetPage();
    this.#enter(problem ? { name: 'closed', problem } : { name: 'closed' });
    this.#drop?.();
    this.#wake?.();
    for (const queue of this.#queues) queue.end();
    if (problem) this.dispatchEvent(new StreamErrorEvent(problem, false));
  }
}

function pageUrl(): string | undefined {
  return (globalThis as { location?: { href: string } }).location?.href;
}

/** The UTF-8 of a text as header values carry it: a character for each byte (HTML 9.2.3, Fetch "isomorphic decode"). */
function utf8AsLatin1(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}
