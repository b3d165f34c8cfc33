import { EventStream } from './event-stream.ts';
import { type EventMap, type Problem, StreamErrorEvent, StreamEvent, type StreamState } from './events.ts';
import type { EventStreamSettings } from './settings.ts';

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

/** What the tab with the connection tells the others. Data goes decoded, so it must be of a kind that can be cloned. */
type Message =
  | { readonly kind: 'hello' }
  | { readonly kind: 'state'; readonly state: StreamState }
  | { readonly kind: 'error'; readonly problem: Problem; readonly goesOn: boolean }
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly data: unknown;
      readonly lastEventId: string;
      readonly origin: string;
    };

/**
 * One connection for all tabs of an origin: over HTTP/1.1 a browser allows six to a server, all tabs together. The tab
 * that holds the lock has the connection and tells the others; when it goes, another one takes over from the last event
 * ID that it heard of.
 */
export class StreamAmongTabs<M extends EventMap = Record<string, string>> extends EventTarget {
  readonly url: string;
  readonly #settings: AmongTabsSettings<M>;
  /** None where each tab has a connection of its own: it would hear every event once more from each of the others. */
  readonly #channel: Channel | undefined;
  readonly #leave = new AbortController();
  #state: StreamState = { name: 'connecting' };
  #lastEventId: string;
  #stream: EventStream<M> | undefined;

  constructor(url: string | URL, settings: AmongTabsSettings<M> & { readonly types: readonly (keyof M & string)[] }) {
    super();
    this.url = String(url);
    this.#settings = settings;
    this.#lastEventId = settings.lastEventId ?? '';
    const name = `ssert ${settings.name ?? this.url}`;
    const locks = 'locks' in settings ? settings.locks : (navigator as { locks?: Locks }).locks;
    const lead = (): Promise<void> => this.#lead(settings.types);
    if (locks) {
      this.#channel = (settings.channel ?? ((of) => new BroadcastChannel(of) as unknown as Channel))(name);
      this.#channel.onmessage = ({ data }) => this.#hear(data as Message);
      this.#channel.postMessage({ kind: 'hello' } satisfies Message);
      void locks.request(name, { signal: this.#leave.signal }, lead).catch(() => undefined);
    } else void lead();
    settings.signal?.addEventListener('abort', () => this.close(), { once: true });
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

  /** Leaves; where this tab had the connection, another one takes over. */
  close(): void {
    if (this.#leave.signal.aborted) return;
    this.#leave.abort();
    this.#stream?.close();
    this.#channel?.close();
    this.#enter({ name: 'closed' });
  }

  /** Holds the connection until it is over for good, or this tab leaves. */
  #lead(types: readonly (keyof M & string)[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal: _, ...settings } = this.#settings;
    const stream = new EventStream<M>(this.url, { ...settings, lastEventId: this.#lastEventId });
    this.#stream = stream;
    const tell = (message: Message): void => {
      if (this.#leave.signal.aborted) return;
      this.#hear(message);
      this.#channel?.postMessage(message);
    };
    const target = stream as EventTarget;
    for (const type of types) {
      target.addEventListener(type, (event) => {
        const { data, lastEventId, origin } = event as StreamEvent<unknown>;
        if (event instanceof StreamEvent) tell({ kind: 'event', type, data, lastEventId, origin });
      });
    }
    target.addEventListener('error', (event) => {
      if (!(event instanceof StreamErrorEvent)) return;
      const { cause: __, ...problem } = event.problem;
      tell({ kind: 'error', problem, goesOn: event.goesOn });
    });
    target.addEventListener('state', () => {
      tell({ kind: 'state', state: withoutCause(stream.state) });
      if (stream.state.name === 'closed') resolve();
    });
    return promise;
  }

  #hear(message: Message): void {
    switch (message.kind) {
      case 'hello':
        if (this.#stream) this.#channel?.postMessage({ kind: 'state', state: this.#state } satisfies Message);
        break;
      case 'state':
        this.#enter(message.state);
        break;
      case 'error':
        this.dispatchEvent(new StreamErrorEvent(message.problem, message.goesOn));
        break;
      case 'event': {
        const { type, data, lastEventId, origin } = message;
        this.#lastEventId = lastEventId;
        this.dispatchEvent(new StreamEvent(type, { data, lastEventId, origin }));
        break;
      }
    }
  }

  #enter(state: StreamState): void {
    this.#state = state;
    this.dispatchEvent(new Event('state'));
  }
}

/** An error object may not be one that can be cloned. */
function withoutCause(state: StreamState): StreamState {
  if (!('problem' in state) || !state.problem) return state;
  const { cause: _, ...problem } = state.problem;
  return { ...state, problem };
}
