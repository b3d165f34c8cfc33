import { type Connection, connection, type Ending } from './connection.ts';
import { type Decode, decodeBy } from './decoding.ts';
import { type EventQueue, eventQueue } from './event-queue.ts';
import { type EventMap, type MessageOf, StreamErrorEvent, StreamEvent, type StreamState } from './events.ts';
import { followPage } from './page.ts';
import { type Problem, StreamFailed } from './problem.ts';
import { callReporting } from './reporting.ts';
import { type EventStreamSettings, type Resolved, resolveSettings } from './settings.ts';
import { type Listened, type Listener, type ListenOptions, StreamTarget } from './stream-target.ts';
import { resolveUrl } from './url.ts';
import { waitMs } from './waiting.ts';

const longestTimerMs = 2 ** 31 - 1;
const dropped: Problem = { kind: 'dropped', message: 'dropped on request' };

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
  readonly #settings: Resolved<M>;
  readonly #queues: Set<EventQueue<MessageOf<M>>> = new Set();
  /** Aborts when the stream closes, for good. */
  readonly #over = new AbortController();
  readonly #decode: Decode;
  readonly #heard = new Set<string>();
  #state: StreamState = { name: 'connecting' };
  #lastEventId: string;
  #retryMs: number | undefined;
  /** Retries since a connection last opened, the one under way included. */
  #retries = 0;
  #connection: Connection | undefined;
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
    this.#settings = resolveSettings(settings);
    this.#lastEventId = this.#settings.lastEventId;
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
    if (this.#over.signal.aborted) return;
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
    const queue: EventQueue<MessageOf<M>> = eventQueue(() => {
      this.#queues.delete(queue);
      this.close();
    });
    this.#queues.add(queue);
    const { state } = this;
    if (state.name === 'closed') queue.end(state.problem && new StreamFailed(state.problem));
    return queue.loop;
  }

  async #run(): Promise<void> {
    while (!this.#over.signal.aborted) {
      if (this.#resting) {
        this.#enter({ name: 'waiting', failures: 0 });
        while (this.#resting) await this.#woken();
        continue;
      }
      this.#enter({ name: 'connecting' });
      // A listener may have closed the stream, or sent it to rest.
      if (!this.#goesOn()) continue;
      const ending = await this.#connect();
      if (!this.#goesOn()) continue;
      if (!ending) this.close();
      else if (ending.fatal) this.#close(ending.problem);
      else if (this.#retries >= this.#settings.reconnect.retries && !ending.opened) {
        const message = `gave up after ${this.#retries} retries; the last: ${ending.problem.message}`;
        this.#close({ ...ending.problem, kind: 'gave-up', message });
      } else await this.#wait(ending);
    }
  }

  async #connect(): Promise<Ending | undefined> {
    let origin = '';
    this.#connection = connection(this.url, this.#settings, {
      onOpen: (from) => {
        origin = from;
        this.#retries = 0;
        this.#enter({ name: 'open' });
        if (this.#goesOn()) this.dispatchEvent(new Event('open'));
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
  #held(): Promise<unknown> | undefined {
    let held: Promise<unknown> | undefined;
    for (const { drained } of this.#queues) {
      const one = drained();
      held = held && one ? Promise.all([held, one]) : (held ?? one);
    }
    return held;
  }

  #drop(): void {
    this.#connection?.drop(dropped);
  }

  /** Waits out the reconnection time and the backoff. */
  async #wait({ problem, opened, retryAfterMs: asked = 0 }: Ending): Promise<void> {
    const { clock, random, reconnect } = this.#settings;
    const retryInMs = waitMs(
      { retryMs: this.#retryMs, failures: this.#retries, retryAfterMs: asked },
      reconnect,
      random,
    );
    // However much of a hurry somebody is in, what the server asked for stays.
    const least = clock.now() + Math.max(this.#retryMs ?? 0, asked);
    let until = clock.now() + retryInMs;
    this.#retries += 1;
    this.#enter({ name: 'waiting', problem, retryInMs, failures: opened ? 0 : this.#retries });
    if (problem.kind !== 'dropped') this.#tell(problem);
    while (this.#goesOn() && clock.now() < until) {
      // A timer above 2^31 - 1 ms fires at once, so it is looked at the time again.
      const woken = await this.#woken(Math.min(until - clock.now(), longestTimerMs));
      if (woken) until = Math.min(until, least);
    }
  }

  /** Resolves with true when somebody wakes it, with false after a time, in ms, where one is given. */
  #woken(afterMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = afterMs === undefined ? undefined : this.#settings.clock.after(afterMs, () => resolve(false));
      this.#wake = () => {
        cancel?.();
        resolve(true);
      };
    });
  }

  #take(type: string, data: string, lastEventId: string, origin: string): void {
    const message = this.#decode(type, data, lastEventId, origin);
    if ('kind' in message) {
      this.#tell(message);
      return;
    }
    for (const queue of this.#queues) queue.push(message as MessageOf<M>);
    const { onEvent } = this.#settings;
    if (onEvent) callReporting(onEvent, message as MessageOf<M>);
    if (this.#heard.has(type)) this.dispatchEvent(new StreamEvent(message));
  }

  #goesOn(): boolean {
    return !this.#resting && !this.#over.signal.aborted;
  }

  #enter(state: StreamState): void {
    this.#state = state;
    this.dispatchEvent(new Event('state'));
  }

  #tell(problem: Problem): void {
    this.dispatchEvent(new StreamErrorEvent(problem, !this.#over.signal.aborted));
  }

  #close(problem?: Problem): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#resting = false;
    this.#enter(problem ? { name: 'closed', problem } : { name: 'closed' });
    this.#drop();
    this.#wake?.();
    for (const queue of this.#queues) queue.end(problem && new StreamFailed(problem));
    if (problem) this.#tell(problem);
  }
}
