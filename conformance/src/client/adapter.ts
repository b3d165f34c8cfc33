/**
 * What a client can do beyond being pointed at a URL. The first nine are the words of LaunchDarkly's test services and mean
 * what they mean there; a rule that needs one which the adapter does not list is skipped.
 */
export const capabilities = [
  'comments',
  'event-type-listeners',
  'headers',
  'last-event-id',
  'post',
  'report',
  'read-timeout',
  'restart',
  'bom',
  'server-directed-shutdown-request',
  // Our own, from here on.
  'open-event',
  'error-event',
  'ready-state',
  'close-in-handler',
  'listener-throws',
  'origin',
  'url-attribute',
  'cors',
  'http2',
  // What scripts of the suite can drive by themselves, as `exposes` hands it to them.
  'event-source-interface',
  'base-url',
  'async-iterator',
  'connect-method',
  // Where it runs; the harness adds these by itself.
  'browser',
  'process',
  'ends-by-itself',
  // Declared deviations: the rules still say what was seen.
  'event-id-only',
  'no-reconnect',
  'retries-server-errors',
  'backoff',
  // What can be set.
  'backoff-settings',
  'max-retries',
  'jitter',
  'retry-statuses',
  'max-event-size',
  'without-error-listener',
] as const;
export type Capability = (typeof capabilities)[number];

/** What a client hands to scripts of the suite, which run in the client's own process. */
export interface Exposed {
  /** With `event-source-interface`: the constructor, to be used as the one of a page. */
  readonly EventSource?: unknown;
  /** With `async-iterator`: a stream that is read by `for await`. */
  readonly iterate?: (url: string) => AsyncIterable<{ readonly data: string }> & { close(): void };
  /** With `connect-method`: a stream that can be told to connect, at first and after close(); it tells the data of each event. */
  readonly connect?: (url: string, tell: (data: string) => void) => { connect(): void; close(): void };
}

/** `readyState` as the standard counts it: 0 connecting, 1 open, 2 closed. */
export type ReadyState = 0 | 1 | 2;

/** What a client tells its caller. */
export type ClientReport =
  /** `id` is the last event ID string of the stream when the event was dispatched; `type` is `message` where none was sent. */
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly data: string;
      readonly id: string;
      readonly origin?: string;
    }
  /** `text` is what follows the colon. */
  | { readonly kind: 'comment'; readonly text: string }
  /** A failed or lost connection, a clean end of the stream included. */
  | { readonly kind: 'error'; readonly message?: string; readonly readyState?: ReadyState }
  | { readonly kind: 'open'; readonly readyState?: ReadyState };

/** How a rule wants a stream opened; what the client has no capability for is never given. */
export interface OpenOptions {
  readonly url: string;
  /** Types other than `message` that the rule sends: a client that delivers only what is listened for listens for these. */
  readonly types: readonly string[];
  /** With `post` and `report`. */
  readonly method?: 'POST' | 'REPORT';
  readonly body?: string;
  /** With `headers`; names as they shall be sent. */
  readonly headers?: Readonly<Record<string, string>>;
  /** With `last-event-id`. */
  readonly lastEventId?: string;
  /** With `read-timeout`: silence that counts as a lost connection. */
  readonly readTimeoutMs?: number;
  /**
   * With `backoff-settings`: the wait before the first try, which doubles with each failure up to a longest one, and starts
   * over after a connection that lasted `resetMs`, or less.
   */
  readonly backoff?: { readonly initialMs: number; readonly maxMs: number; readonly resetMs: number };
  /** With `max-retries`: failures in a row that are tried again. */
  readonly maxRetries?: number;
  /** With `jitter`: the part of a wait, from 0 to 1, by which chance may make it shorter or longer. */
  readonly jitter?: number;
  /** With `retry-statuses`: statuses after which it asks again; each other but 200 is final. */
  readonly retryStatuses?: readonly number[];
  /** With `http2`: the certificate of the server, PEM; it speaks HTTP/2 alone, by ALPN. */
  readonly ca?: string;
  /** With `cors`: the origin of the page that opens the stream. */
  readonly origin?: string;
  /** With `cors`: `withCredentials` of the standard's EventSource. */
  readonly withCredentials?: boolean;
  /** With `max-event-size`: the longest data of one event, in bytes of ASCII. */
  readonly maxEventBytes?: number;
  /** With `without-error-listener`: the client's caller listens for no errors, so that none are reported. */
  readonly withoutErrorListener?: true;
}

/** A stream that was opened. */
export interface OpenClient {
  /** Ends the stream for good. */
  close(): void;
  /** With `restart`: drops the connection and connects again. */
  restart?(): void;
  /** With `ready-state`: what it reads now. */
  readyState?(): ReadyState;
  /** With `url-attribute`: what `url` reads now. */
  url?(): string;
}

/**
 * A client under test, as its adapter module exports it by default. What the client reports goes to `report` from inside the
 * client's own callbacks, so that a rule can close the stream, or throw, at that very moment.
 */
export interface ClientAdapter {
  /** How reports call the client; default the module's file name. */
  readonly name?: string;
  readonly capabilities?: readonly Capability[];
  /** What scripts of the suite may drive by themselves; needed for the capabilities that say so. */
  readonly exposes?: Exposed;
  open(options: OpenOptions, report: (report: ClientReport) => void): OpenClient | Promise<OpenClient>;
}

/** Types an adapter module; it gives back what it gets. */
export function defineClient(adapter: ClientAdapter): ClientAdapter {
  return adapter;
}
