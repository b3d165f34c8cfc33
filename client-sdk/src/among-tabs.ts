import { systemClock } from '@ssert/protocol/system';
import { type Decode, decodeBy } from './decoding.ts';
import { EventStream } from './event-stream.ts';
import {
  type EventMap,
  type MessageOf,
  StreamErrorEvent,
  StreamEvent,
  type StreamMessage,
  type StreamState,
} from './events.ts';
import { type Follower, followPage } from './page.ts';
import type { Problem } from './problem.ts';
import { callReporting } from './reporting.ts';
import { type EventStreamSettings, resolveSettings } from './settings.ts';
import { StreamTarget } from './stream-target.ts';
import { resolveUrl } from './url.ts';

/** The part of the Web Locks API that is used here. */
interface Locks {
  request(name: string, options: { signal: AbortSignal }, held: () => Promise<void>): Promise<unknown>;
}

/** The part of a BroadcastChannel that is used here. */
interface Channel {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

export interface AmongTabsSettings<M extends EventMap> extends EventStreamSettings<M> {
  /** What tabs share by; default the URL. Tabs with other credentials need another name. */
  readonly name?: string;
  /** Default the browser's. Where there are none, as on pages without TLS, each tab has a connection of its own. */
  readonly locks?: Locks | undefined;
  readonly channel?: (name: string) => Channel;
}

/** Other tabs may be busy; who opens the stream anew meanwhile waits for as long. */
const endIsHeardMs = 1000;

/** What the tab with the connection tells the others. Events go as text, and each tab decodes them for itself. */
type Message =
  | { readonly kind: 'hello' }
  | { readonly kind: 'state'; readonly state: StreamState; readonly lastEventId: string }
  | { readonly kind: 'error'; readonly problem: Problem; readonly goesOn: boolean }
  | ({ readonly kind: 'event' } & StreamMessage);

/**
 * One connection for all tabs of an origin: over HTTP/1.1 a browser allows six to a server, all tabs together. The tab
 * that holds the lock has the connection and tells the others; when it goes, or rests in the back/forward cache, another
 * one takes over from the last event ID that it heard of. Where the stream is over for good, it is for all of them.
 */
export class StreamAmongTabs<M extends EventMap = Record<string, string>> extends StreamTarget<M> implements Follower {
  readonly url: string;
  readonly #settings: AmongTabsSettings<M>;
  readonly #decode: Decode;
  /** Aborts when this tab leaves for good. */
  readonly #over = new AbortController();
  /** None where each tab has a connection of its own: it would hear every event once more from each of the others. */
  #channel: Channel | undefined;
  #leave: AbortController = new AbortController();
  #state: StreamState = { name: 'connecting' };
  #lastEventId: string;
  #stream: EventStream | undefined;
  #resting = false;

  /** @throws what `new EventStream` throws */
  constructor(url: string | URL, settings: AmongTabsSettings<M>) {
    super();
    this.url = resolveUrl(url);
    this.#settings = settings;
    this.#lastEventId = resolveSettings(settings).lastEventId;
    this.#decode = decodeBy(settings.decode);
    const { signal: over } = this.#over;
    if (settings.followPage !== false) followPage(this, over);
    settings.signal?.addEventListener('abort', () => this.close(), { signal: over });
    if (settings.signal?.aborted) this.close();
    else this.#join();
  }

  get state(): StreamState {
    return this.#state;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** Whether this tab has the connection. */
  get leads(): boolean {
    return this.#stream !== undefined;
  }

  /** Whether this tab waits for `resume()`. */
  get resting(): boolean {
    return this.#resting;
  }

  /** Leaves for good; where this tab had the connection, another one takes over. */
  close(): void {
    if (this.#state.name !== 'closed') this.#end({ name: 'closed' });
  }

  /** Leaves until `resume()`: neither a lock nor a channel keeps the page out of the back/forward cache. */
  suspend(): void {
    if (this.#resting || this.#state.name === 'closed') return;
    this.#resting = true;
    this.#part();
    this.#enter({ name: 'waiting', failures: 0 });
  }

  /** Is one of the tabs again. */
  resume(): void {
    if (!this.#resting || this.#state.name === 'closed') return;
    this.#resting = false;
    this.#enter({ name: 'connecting' });
    this.#join();
  }

  /** Cuts a backoff short, where this tab has the connection. */
  retryNow(): void {
    this.#stream?.retryNow();
  }

  #join(): void {
    const settings = this.#settings;
    const name = `ssert ${settings.name ?? this.url}`;
    const { signal } = this.#leave;
    const locks = 'locks' in settings ? settings.locks : (navigator as { locks?: Locks }).locks;
    const lead = (): Promise<void> => this.#lead(signal);
    if (!locks) return void lead();
    const channel = (settings.channel ?? ((of) => new BroadcastChannel(of) as unknown as Channel))(name);
    this.#channel = channel;
    channel.onmessage = ({ data }) => this.#hear(data as Message);
    channel.postMessage({ kind: 'hello' } satisfies Message);
    // It rejects when this tab leaves before its turn.
    void locks.request(name, { signal }, lead).catch(() => undefined);
  }

  #part(): void {
    this.#leave.abort();
    this.#leave = new AbortController();
    this.#stream?.close();
    this.#stream = undefined;
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** Holds the connection until it is over for good, or this tab leaves. */
  #lead(left: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const tell = (message: Message): void => {
      if (left.aborted) return;
      // The others first: a listener of this tab may make it leave.
      this.#channel?.postMessage(message);
      this.#hear(message);
    };
    const { decode: _, onEvent: __, signal: ___, ...settings } = this.#settings;
    const stream = new EventStream(this.url, {
      ...settings,
      followPage: false,
      lastEventId: this.#lastEventId,
      onEvent: (event) => tell({ kind: 'event', ...event }),
    });
    this.#stream = stream;
    stream.addEventListener('error', (event) => {
      if (!(event instanceof StreamErrorEvent)) return;
      tell({ kind: 'error', problem: withoutCause(event.problem), goesOn: event.goesOn });
    });
    stream.addEventListener('state', () => tell(stateOf(stream)));
    const onLeft = (): void => {
      // Where the stream ended of itself, the others must hear of it before one of them gets the lock and asks again.
      if (stream.state.name === 'closed') (settings.clock ?? systemClock).after(endIsHeardMs, resolve);
      else resolve();
    };
    left.addEventListener('abort', onLeft, { once: true });
    return promise;
  }

  #hear(message: Message): void {
    switch (message.kind) {
      case 'hello':
        if (this.#stream) this.#channel?.postMessage(stateOf(this.#stream));
        break;
      case 'state':
        this.#lastEventId = message.lastEventId;
        if (message.state.name === 'closed') this.#end(message.state);
        else this.#enter(message.state);
        break;
      case 'error':
        this.dispatchEvent(new StreamErrorEvent(message.problem, message.goesOn));
        break;
      case 'event':
        this.#lastEventId = message.lastEventId;
        this.#take(message);
        break;
    }
  }

  #take({ type, data, lastEventId, origin }: StreamMessage): void {
    const message = this.#decode(type, data, lastEventId, origin);
    if ('kind' in message) this.dispatchEvent(new StreamErrorEvent(message, true));
    else {
      const { onEvent } = this.#settings;
      if (onEvent) callReporting(onEvent, message as MessageOf<M>);
      this.dispatchEvent(new StreamEvent(message));
    }
  }

  #end(state: StreamState & { readonly name: 'closed' }): void {
    this.#over.abort();
    this.#part();
    this.#enter(state);
    if (state.problem) this.dispatchEvent(new StreamErrorEvent(state.problem, false));
  }

  #enter(state: StreamState): void {
    this.#state = state;
    this.dispatchEvent(new Event('state'));
  }
}

function stateOf({ state, lastEventId }: EventStream): Message {
  const told = 'problem' in state && state.problem ? { ...state, problem: withoutCause(state.problem) } : state;
  return { kind: 'state', state: told, lastEventId };
}

/** An error object may not be one that can be cloned. */
function withoutCause({ cause: _, ...problem }: Problem): Problem {
  return problem;
}
