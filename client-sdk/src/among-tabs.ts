import { EventStream } from './event-stream.ts';
import { type EventMap, StreamErrorEvent, StreamEvent, type StreamState } from './events.ts';
import { type Follower, followPage } from './page.ts';
import type { Problem } from './problem.ts';
import { type EventStreamSettings, resolveSettings } from './settings.ts';
import { StreamTarget } from './stream-target.ts';
import { type TextEvent, toEvent } from './to-event.ts';
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
  /** The types of the events that tabs tell one another. */
  readonly types: readonly (keyof M & string)[];
  /** What tabs share by; default the URL. Tabs with other credentials need another name. */
  readonly name?: string;
  /** Default the browser's. Where there are none, as on pages without TLS, each tab has a connection of its own. */
  readonly locks?: Locks | undefined;
  readonly channel?: (name: string) => Channel;
}

/** What the tab with the connection tells the others. Events go as text, and each tab decodes them for itself. */
type Message =
  | { readonly kind: 'hello' }
  | { readonly kind: 'state'; readonly state: StreamState; readonly lastEventId: string }
  | { readonly kind: 'error'; readonly problem: Problem; readonly goesOn: boolean }
  | ({ readonly kind: 'event' } & TextEvent);

/**
 * One connection for all tabs of an origin: over HTTP/1.1 a browser allows six to a server, all tabs together. The tab
 * that holds the lock has the connection and tells the others; when it goes, or rests in the back/forward cache, another
 * one takes over from the last event ID that it heard of. Where the stream is over for good, it is for all of them.
 */
export class StreamAmongTabs<M extends EventMap = Record<string, string>> extends StreamTarget<M> implements Follower {
  readonly url: string;
  readonly #settings: AmongTabsSettings<M>;
  readonly #forgetPage: (() => void) | undefined;
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
    this.#forgetPage = settings.followPage === false ? undefined : followPage(this);
    settings.signal?.addEventListener('abort', () => this.close(), { once: true });
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
    left.addEventListener('abort', () => resolve(), { once: true });
    const { decode: _, signal: __, types, ...settings } = this.#settings;
    const stream = new EventStream(this.url, { ...settings, followPage: false, lastEventId: this.#lastEventId });
    this.#stream = stream;
    const tell = (message: Message): void => {
      if (left.aborted) return;
      // The others first: a listener of this tab may make it leave.
      this.#channel?.postMessage(message);
      this.#hear(message);
    };
    for (const type of types) {
      stream.addEventListener(type, (event) => {
        if (!(event instanceof StreamEvent)) return;
        const { data, lastEventId, origin } = event;
        tell({ kind: 'event', type, data, lastEventId, origin });
      });
    }
    stream.addEventListener('error', (event) => {
      if (!(event instanceof StreamErrorEvent)) return;
      tell({ kind: 'error', problem: withoutCause(event.problem), goesOn: event.goesOn });
    });
    stream.addEventListener('state', () => tell(stateOf(stream)));
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
        this.dispatchEvent(toEvent(message, this.#settings.decode));
        break;
    }
  }

  #end(state: StreamState & { readonly name: 'closed' }): void {
    this.#forgetPage?.();
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
