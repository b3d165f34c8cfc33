import { type Clock, createParser, type Random, SettingError } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import type { Decoder } from './decoding.ts';
import type { EventMap, MessageOf } from './events.ts';

// By way of RequestInit, which browsers', Node's, Deno's and Bun's types all have.
type GivenHeaders = NonNullable<RequestInit['headers']>;
type GivenBody = NonNullable<RequestInit['body']>;
type Credentials = NonNullable<RequestInit['credentials']>;

/** How long to wait before the next try. */
export interface ReconnectSettings {
  /** The reconnection time until the server names another by `retry`, in ms. Default 1,000. */
  readonly initial?: number;
  /** The longest wait, in ms, unless the server asks for more. Default 30,000. */
  readonly max?: number;
  /** What each further failure multiplies the wait by. Default 2. */
  readonly factor?: number;
  /** The share of the wait that chance adds to it, at most: it never makes a wait shorter. Default 0. */
  readonly jitter?: number;
  /** Failures in a row after which the stream gives up. Default no limit. */
  readonly retries?: number;
}

/** Five tries, as many tutorials have it. */
export const guideReconnect: ReconnectSettings = { initial: 1000, max: 30_000, factor: 2, retries: 5 };

/** Settings of an event stream. */
export interface EventStreamSettings<M extends EventMap = Record<string, string>> {
  /** Sent with every request; a function is asked before each, for tokens that run out. */
  readonly headers?: GivenHeaders | (() => GivenHeaders | Promise<GivenHeaders>);
  /** Default GET, or POST where there is a body. */
  readonly method?: string;
  /** Sent again with each reconnection; a function makes it anew. */
  readonly body?: GivenBody | (() => GivenBody);
  /** Default `same-origin`, as `fetch` has it; `include` sends cookies to other origins. */
  readonly credentials?: Credentials;
  /** Where to go on from, as if the stream had sent it. Default none. */
  readonly lastEventId?: string;
  /** Makes data of an event's text, by type; a type without one keeps its text. */
  readonly decode?: { readonly [K in keyof M]?: Decoder<M[K]> };
  /** Called with every event of whatever type, before those who listen to its type: the fastest way to read a stream. */
  readonly onEvent?: (event: MessageOf<M>) => void;
  readonly reconnect?: ReconnectSettings;
  /**
   * Statuses after which to try again, heeding `Retry-After`. Default none: the standard has a stream fail for good on
   * any status but 200 (HTML 9.2.3), so this is a deviation that you choose.
   */
  readonly retryStatus?: readonly number[] | ((status: number) => boolean);
  /**
   * Silence after which a connection counts as dead, in ms, from the request on; any byte is a sign of life. While a loop's
   * body holds the stream back it does not count. Default none.
   */
  readonly watchdogMs?: number;
  /** Closes the stream when it aborts. */
  readonly signal?: AbortSignal;
  /** The longest data of one event, in UTF-16 code units; a longer one ends the stream. Default 2^24. */
  readonly maxDataLength?: number;
  /**
   * In a page or worker: rests while the page is hidden in the back/forward cache, ends with it, and hurries when the
   * network is back. Default true.
   */
  readonly followPage?: boolean;
  /** Must heed its signal. Default the environment's. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Default the system's. */
  readonly clock?: Clock;
  /** Chance for the jitter. Default `Math.random`. */
  readonly random?: Random;
}

/** Settings with the defaults filled in that the connection needs. */
export type Resolved<M extends EventMap> = EventStreamSettings<M> & {
  readonly reconnect: Reconnect;
  readonly lastEventId: string;
  readonly clock: Clock;
  readonly random: Random;
};

/** @throws SettingError for a setting out of its range, TypeError for headers that cannot be sent */
export function resolveSettings<M extends EventMap>(settings: EventStreamSettings<M>): Resolved<M> {
  const { headers, watchdogMs = 1 } = settings;
  requireAtLeast('watchdogMs', watchdogMs, 1);
  // It looks at its limits.
  createParser({ ...parserLimits(settings), onEvent: () => {} });
  const preset = typeof headers === 'function' ? null : new Headers(headers).get('last-event-id');
  return {
    clock: systemClock,
    random: { next: Math.random },
    lastEventId: preset ?? '',
    ...settings,
    reconnect: resolveReconnect(settings.reconnect),
  };
}

/** Reconnection with every default filled in. */
export type Reconnect = Required<ReconnectSettings>;

/** @throws SettingError that names the setting and what to give */
export function resolveReconnect(given: ReconnectSettings = {}): Reconnect {
  const reconnect = { initial: 1000, max: 30_000, factor: 2, jitter: 0, retries: Number.POSITIVE_INFINITY, ...given };
  const least: Reconnect = { initial: 0, max: reconnect.initial, factor: 1, jitter: 0, retries: 0 };
  for (const name of Object.keys(least) as (keyof Reconnect)[]) {
    requireAtLeast(`reconnect.${name}`, reconnect[name], least[name]);
  }
  return reconnect;
}

/** @throws SettingError where the value is below `least`, or no number */
export function requireAtLeast(setting: string, value: number, least: number): void {
  if (!(value >= least)) throw new SettingError(setting, value, `a number, ${least} or more`);
}

/** Limits of the parser under which data of a length comes through in one line as in many. */
export function parserLimits({ maxDataLength = 2 ** 24 }: { readonly maxDataLength?: number }): {
  maxDataLength: number;
  maxLineLength: number;
} {
  // Never below the default, as a comment may be longer than data; never above what the parser takes.
  const maxLineLength = Math.min(Math.max(maxDataLength + 'data: '.length, 2 ** 24), 2 ** 28);
  return { maxDataLength, maxLineLength };
}
