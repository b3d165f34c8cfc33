import {
  EventStream,
  type EventStreamSettings,
  type Problem,
  StreamErrorEvent,
  type StreamMessage,
} from '@ssert/client';

/** What the harness asks for when it creates a stream. Null means that it was not set. */
export interface CreateStream {
  readonly streamUrl: string;
  readonly callbackUrl: string;
  readonly initialDelayMs?: number | null;
  readonly readTimeoutMs?: number | null;
  readonly lastEventId?: string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly body?: string;
  // What follows are extensions of ours, which LaunchDarkly's harness never sends.
  /** Kinds of callbacks that it wants besides its own. */
  readonly report?: readonly string[];
  /** Close from within the nth callback of a kind. */
  readonly closeOn?: { readonly kind: 'event' | 'open' | 'error'; readonly n: number };
  readonly backoff?: { readonly maxMs?: number; readonly factor?: number };
  readonly maxRetries?: number;
}

/** What the service tells the harness. */
type Callback =
  | {
      readonly kind: 'event';
      readonly event: { type: string; data: string; id: string; origin: string; readyState: number };
    }
  | {
      readonly kind: 'error';
      readonly error: string;
      readonly comment: string;
      readonly readyState: number;
      readonly cause: string;
    }
  | { readonly kind: 'open'; readonly readyState: number };

const readyStates = { connecting: 0, waiting: 0, open: 1, closed: 2 } as const;

const causes: { readonly [kind in Problem['kind']]?: string } = {
  end: 'end',
  limit: 'limit',
  status: 'http',
  'content-type': 'http',
};

/** A stream of the client, with a callback to the harness for all that it tells. */
export class StreamUnderTest {
  readonly #asked: CreateStream;
  readonly #stream: EventStream;
  readonly #counts = { event: 0, open: 0, error: 0 };
  #callbacks = 0;
  /** One after the other, so that none overtakes. */
  #sent: Promise<unknown> = Promise.resolve();
  #closing = false;
  #deleted = false;

  /** @throws TypeError and SettingError where the client refuses what was asked */
  constructor(asked: CreateStream) {
    this.#asked = asked;
    this.#stream = new EventStream(asked.streamUrl, { ...settingsOf(asked), onEvent: (event) => this.#event(event) });
    this.#stream.addEventListener('open', () => {
      if (asked.report?.includes('open')) this.#call({ kind: 'open', readyState: this.readyState });
      this.#count('open');
    });
    this.#stream.addEventListener('error', (event) => {
      if (event instanceof StreamErrorEvent) this.#error(event.problem);
    });
    this.#stream.addEventListener('state', () => {
      const { state } = this.#stream;
      // The one end that the client does not call an error, and the standard does.
      if (state.name === 'closed' && !state.problem && !this.#closing) {
        this.#error({ kind: 'status', message: 'the server answered with status 204' });
      }
    });
  }

  get readyState(): number {
    return readyStates[this.#stream.state.name];
  }

  get url(): string {
    return this.#stream.url;
  }

  restart(): void {
    this.#stream.restart();
  }

  close(): void {
    this.#closing = true;
    this.#stream.close();
  }

  /** Closes, and calls back no more. */
  delete(): void {
    this.#deleted = true;
    this.close();
  }

  #event({ type, data, lastEventId: id, origin }: StreamMessage): void {
    this.#call({ kind: 'event', event: { type, data, id, origin, readyState: this.readyState } });
    this.#count('event');
  }

  #error({ kind, message }: Problem): void {
    const cause = causes[kind] ?? 'network';
    // The harness's page says `comment`, its code reads `error`.
    this.#call({ kind: 'error', error: message, comment: message, readyState: this.readyState, cause });
    this.#count('error');
  }

  #count(kind: 'event' | 'open' | 'error'): void {
    this.#counts[kind] += 1;
    const { closeOn } = this.#asked;
    if (closeOn?.kind === kind && closeOn.n === this.#counts[kind]) this.close();
  }

  #call(callback: Callback): void {
    this.#callbacks += 1;
    const url = `${this.#asked.callbackUrl}/${this.#callbacks}`;
    const body = JSON.stringify(callback);
    this.#sent = this.#sent.then(async () => {
      if (this.#deleted) return;
      const headers = { 'content-type': 'application/json' };
      // A harness that is gone wants no callbacks.
      await fetch(url, { method: 'POST', headers, body }).catch(() => {});
    });
  }
}

function settingsOf({
  initialDelayMs,
  readTimeoutMs,
  lastEventId,
  headers,
  method,
  body,
  backoff,
  maxRetries,
}: CreateStream): EventStreamSettings {
  const initial = initialDelayMs ?? 1000;
  return {
    reconnect: {
      initial,
      max: backoff?.maxMs ?? Math.max(initial, 30_000),
      ...(backoff?.factor !== undefined && { factor: backoff.factor }),
      ...(maxRetries !== undefined && { retries: maxRetries }),
    },
    ...(typeof readTimeoutMs === 'number' && { watchdogMs: readTimeoutMs }),
    ...(lastEventId !== undefined && { lastEventId }),
    ...(headers && { headers }),
    ...(method !== undefined && { method }),
    ...(body !== undefined && { body }),
  };
}
