import type { Clock, Random } from '@ssert/protocol';
import { Connection, type Ending } from './connection.ts';
import { type Decode, decodeBy } from './decoding.ts';
import { EventQueue } from './event-queue.ts';
import { type EventMap, type MessageOf, StreamErrorEvent, StreamEvent, type StreamState } from './events.ts';
import { followPage } from './page.ts';
import { type Problem, StreamFailed } from './problem.ts';
import { callReporting } from './reporting.ts';
import { type EventStreamSettings, type Reconnect, resolveSettings } from './settings.ts';
import { type Listened, type Listener, type ListenOptions, StreamTarget } from './stream-target.ts';
import { resolveUrl } from './url.ts';
import { waitMs } from './waiting.ts';

const longestTimerMs = 2 ** 31 - 1;
const dropped: Problem = { kind: 'dropped', message: 'the connection was dropped on request' };

/**
 * A client of one event stream, on `fetch`: it connects at once, reconnects as the standard says (HTML 9.2.3) with a
 * backoff on top, and tells events by their type, as an `EventTarget` or to `for await`. With iteration nothing is
 * buffered beyond one chunk: while the loop's body works, the stream is not read, and the network holds the server back.
 */
export class EventStream<M extends EventMap = Record<string, string>>
  extends StreamTarget<M>
  implements AsyncIterable<MessageOf<M>>
{
  readonly url: string;
  readonly #settings: EventStreamSettings<M>;
  readonly #reconnect: Reconnect;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #queues: Set<EventQueue<MessageOf<M>>> = new Set();
  /** Aborts when the stream closes. */
  readonly #over = new AbortController();
  readonly #decode: Decode;
  readonly #heard = new Set<string>();
  #state: StreamState = { name: 'connecting' };
  #lastEventId: string;
  #retryMs: number | undefined;
  #failures = 0;
  #connection: Connection<M> | undefined;
  /** Ends the wait under way. */
  #wake: (() => void) | undefined;
  #resting = false;

  /**
   * @param url resolved against the page's, where there is one
   * @throws TypeError for a URL or headers that cannot be sent, SettingError for settings out of their range
   */
  constructor(url: string | URL, settings: EventStreamSettings<M> = {}) {
    super();
    this.url = resolveUrl(url);
    this.#settings = settings;
    const { reconnect, lastEventId, clock, random } = resolveSettings(settings);
    this.#reconnect = reconnect;
    this.#lastEventId = lastEventId;
    this.#clock = clock;
    this.#random = random;
    this.#decode = decodeBy(settings.decode);
    const { signal: over } = this.#over;
    if (settings.followPage !== false) followPage(this, over);
    settings.signal?.addEventListener('abort', () => this.close(), { signal: over });
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

  // To make an event and dispatch it takes longer than to parse it: not for types that nobody listens to.
  override addEventListener<K extends Listened<M>>(
    type: K,
    listener: Listener<M, K> | null,
    options?: ListenOptions,
  ): void {
    this.#heard.add(type);
    super.addEventListener(type, listener, options);
  }

  /** Ends the stream for good; after the `state` nothing is dispatched. Safe to call twice, and from a listener. */
  close(): void {
    this.#close();
  }

  /** Drops the connection and connects again as after an end of the stream, but without an `error`. */
  restart(): void {
    this.#drop();
  }

  /** Drops the connection and waits for `resume()`. */
  suspend(): void {
    if (this.#state.name === 'closed') return;
    this.#resting = true;
    this.#drop();
    this.#wake?.();
  }

  /** Goes on after `suspend()`, from the last event ID. */
  resume(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.#wake?.();
  }

  /** Cuts a backoff short, but not below what the server asked for by `retry` or `Retry-After`. */
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
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageOf<M>, undefined> {
    const queue: EventQueue<MessageOf<M>> = new EventQueue(() => {
      this.#queues.delete(queue);
      this.close();
    });
    if (this.#state.name === 'closed') queue.end(failureOf(this.#state.problem));
    else this.#queues.add(queue);
    return queue;
  }

  async #run(): Promise<void> {
    while (!this.#closed()) {
      if (this.#resting) await this.#rest();
      if (this.#closed()) return;
      this.#enter({ name: 'connecting' });
      const ending = await this.#connect();
      if (this.#closed() || this.#resting) continue;
      if (!ending) this.#close();
      else if (ending.fatal) this.#close(ending.problem);
      else if (this.#failures >= this.#reconnect.retries && !ending.opened) {
        const message = `gave up after ${this.#failures + 1} failed tries; the last: ${ending.problem.message}`;
        this.#close({ ...ending.problem, kind: 'gave-up', message });
      } else await this.#wait(ending);
    }
  }

  async #connect(): Promise<Ending | undefined> {
    // A listener of `state` may have closed the stream, or sent it to rest.
    if (this.#closed() || this.#resting) return { problem: dropped, fatal: false, opened: false };
    let origin = '';
    this.#connection = new Connection(this.url, this.#settings, this.#clock, {
      onOpen: (from) => {
        origin = from;
        this.#failures = 0;
        this.#enter({ name: 'open' });
        if (this.#state.name === 'open' && !this.#resting) this.dispatchEvent(new Event('open'));
      },
      onRetry: (retryMs) => {
        this.#retryMs = retryMs;
      },
      onEvent: (type, data, lastEventId) => {
        this.#lastEventId = lastEventId;
        this.#take(type, data, lastEventId, origin);
      },
      onChunk: (lastEventId) => {
        this.#lastEventId = lastEventId;
        return this.#held();
      },
    });
    const ending = await this.#connection.run(this.#lastEventId);
    this.#connection = undefined;
    return ending;
  }

  /** Resolves once every loop has taken what came; undefined where none is behind. */
  #held(): Promise<void> | undefined {
    let held: Promise<void> | undefined;
    for (const queue of this.#queues) {
      if (queue.behind) held = held ? held.then(() => queue.drained()) : queue.drained();
    }
    return held;
  }

  #drop(): void {
    this.#connection?.drop(dropped);
  }

  /** Waits out the reconnection time and the backoff. */
  async #wait({ problem, opened, retryAfterMs: asked = 0 }: Ending): Promise<void> {
    const failures = opened ? 0 : this.#failures;
    const input = { retryMs: this.#retryMs, failures, retryAfterMs: asked };
    const retryInMs = waitMs(input, this.#reconnect, this.#random);
    // However much of a hurry somebody is in, what the server asked for stays.
    const least = this.#clock.now() + Math.max(this.#retryMs ?? 0, asked);
    let until = this.#clock.now() + retryInMs;
    this.#failures = failures + 1;
    this.#enter({ name: 'waiting', problem, retryInMs, failures: opened ? 0 : this.#failures });
    if (this.#closed()) return;
    if (problem.kind !== 'dropped') this.dispatchEvent(new StreamErrorEvent(problem, true));
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

  #take(type: string, data: string, lastEventId: string, origin: string): void {
    const message = this.#decode(type, data, lastEventId, origin);
    if ('kind' in message) {
      this.dispatchEvent(new StreamErrorEvent(message, true));
      return;
    }
    if (this.#queues.size > 0) for (const queue of this.#queues) queue.push(message as MessageOf<M>);
    const { onEvent } = this.#settings;
    if (onEvent) callReporting(onEvent, message as MessageOf<M>);
    if (this.#heard.has(type)) this.dispatchEvent(new StreamEvent(message));
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
    this.#over.abort();
    this.#enter(problem ? { name: 'closed', problem } : { name: 'closed' });
    this.#drop();
    this.#wake?.();
    for (const queue of this.#queues) queue.end(failureOf(problem));
    if (problem) this.dispatchEvent(new StreamErrorEvent(problem, false));
  }
}

function failureOf(problem: Problem | undefined): StreamFailed | undefined {
  return problem && new StreamFailed(problem);
}
