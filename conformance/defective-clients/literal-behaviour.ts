import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ClientAdapter, ClientReport, OpenOptions, ReadyState } from '../src/client/index.ts';

/** What a stream has gathered so far. */
export interface StreamState {
  data: string;
  type: string;
  idBuffer: string;
  lastEventId: string;
  reconnectionTimeMs: number;
}

/** An event as it is delivered. */
export type DeliveredEvent = Omit<Extract<ClientReport, { kind: 'event' }>, 'kind'>;

/** How a client behaves, in parts that can be replaced one by one; the standard read literally is the default. */
export interface ClientBehaviour {
  readonly capabilities: NonNullable<ClientAdapter['capabilities']>;
  /** What scripts of the suite may drive. */
  readonly exposes: NonNullable<ClientAdapter['exposes']>;
  /** Makes what turns the chunks of one body into text. */
  readonly decoder: () => (chunk: Uint8Array) => string;
  /** Makes what turns the text of one body into complete lines; without text it is asked what is left at the end. */
  readonly liner: () => (text?: string) => string[];
  /** A line that is not empty as name and value; undefined for a comment. */
  readonly split: (line: string) => readonly [name: string, value: string] | undefined;
  readonly process: (name: string, value: string, state: StreamState) => void;
  /** At an empty line: the event to deliver, and the buffers for the next block. */
  readonly dispatch: (state: StreamState) => DeliveredEvent | undefined;
  readonly comment: (line: string) => string;
  /** The URL that a response sends on to; undefined where it does not. */
  readonly redirect: (status: number, location: string | undefined, from: string) => string | undefined;
  /** Whether a response opens the stream, fails the connection, or is to be tried again. */
  readonly judge: (status: number, type: string | undefined, options?: OpenOptions) => 'open' | 'fail' | 'again';
  /** Header fields of a request. */
  readonly fields: (
    options: OpenOptions,
    lastEventId: string,
    nth: number,
    redirects?: number,
  ) => Record<string, string>;
  readonly mostRedirects: number;
  /** The method after a redirect; the body goes along where it stays the same. */
  readonly redirectedMethod: (status: number, method: string) => string;
  /** Whether the caller's Authorization and Cookie go to another origin. */
  readonly sendsSecrets: boolean;
  /** Whether a page of this origin may read a response of another one that allows so much. */
  readonly mayRead: (allowed: string | undefined, origin: string) => boolean;
  /** Whether cookies go to another origin. */
  readonly sendsCookies: (withCredentials: boolean | undefined) => boolean;
  /** What stands in the request line for a URL. */
  readonly target: (url: URL) => string;
  /** What `url` reads, and of which URL the origin of events is: given and asked last, and that of the page. */
  readonly url: (given: string, last: string) => string;
  readonly origin: (given: string, last: string, page: string) => string;
  /** Whether a URL that cannot be asked at all is asked again. */
  readonly asksTheUnfetchable: boolean;
  /** How late it tells that the stream is open. */
  readonly openDelayMs: number;
  /** Whether it gives the connection of a refused response up. */
  readonly releases: boolean;
  /** What close() does beside closing; `tells` is an error of its own. */
  readonly closing: Readonly<Record<'stopsEvents' | 'stopsWaiting' | 'dropsConnection' | 'tells', boolean>>;
  /** Whether it passes over a response 1xx. */
  readonly passesInterim: (status: number) => boolean;
  /** What is read of an accepted response. */
  readonly body: (response: IncomingMessage) => Readable;
  /** Whether it reads the body of an accepted response. */
  readonly reads: (headers: IncomingMessage['headers']) => boolean;
  readonly method: (options: OpenOptions, nth: number) => string;
  /** What is waited after the n-th failure or end in a row, in ms. */
  readonly waitMs: (state: StreamState, failures: number, options: OpenOptions) => number;
  /** Whether to ask again after a connection ended in one of these ways. */
  readonly asksAgain: (ending: 'end' | 'cut' | 'no response', nth: number) => boolean;
  /** Before each body. */
  readonly begin: (state: StreamState) => void;
  /** At the end of a body: what is still delivered. */
  readonly finish: (state: StreamState) => DeliveredEvent | undefined;
  /** How many requests follow one drop. */
  readonly requestsPerDrop: number;
  /** How long it can be silent before it counts as lost, in ms; undefined for ever. */
  readonly silenceMs: (options: OpenOptions, isOpen: boolean) => number | undefined;
  /** Whether these bytes end a silence. */
  readonly isLife: (chunk: Uint8Array) => boolean;
  readonly restarts: boolean;
  /** What the timer is set to for a wait; those of Node fire at once beyond 2^31 ms. */
  readonly timerMs: (waitMs: number) => number;
  /** Failures in a row after which it gives up. */
  readonly mostFailures: (options: OpenOptions) => number;
  /** Whether an event beyond the limit of the caller fails the connection, or is only a lost one. */
  readonly failsAtLimit: boolean;
  /** What readyState reads, when asked. */
  readonly readyState: (readyState: ReadyState) => ReadyState;
  /** Whether it goes on after a listener threw. */
  readonly standsThrowing: boolean;
  /** Passes on what is no event. */
  readonly tell: (report: ClientReport, send: (report: ClientReport) => void) => void;
  /** Passes an event on; may keep it back or repeat it. */
  readonly deliver: (event: DeliveredEvent, report: (event: DeliveredEvent) => void) => void;
}

export const literally: ClientBehaviour = {
  capabilities: [
    'comments',
    'close-in-handler',
    'open-event',
    'error-event',
    'ready-state',
    'headers',
    'last-event-id',
    'post',
    'report',
    'listener-throws',
    'restart',
    'read-timeout',
    'max-retries',
    'retry-statuses',
    'origin',
    'url-attribute',
    'cors',
    'http2',
    'max-event-size',
  ],
  exposes: {},
  decoder: () => {
    // The decoder of Node 24 takes two marks away where the first is cut after its first byte.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let begun = false;
    return (chunk) => {
      const text = decoder.decode(chunk, { stream: true });
      const isFirst = !begun && text !== '';
      begun ||= isFirst;
      return isFirst && text.startsWith('\uFEFF') ? text.slice(1) : text;
    };
  },
  liner: () => {
    // What there is of a line, in pieces: to look at it again with each of them would take ever longer.
    let pending: string[] = [];
    let afterCr = false;
    return (text) => {
      // A line without its end is none.
      if (text === undefined) return [];
      let rest = text;
      if (afterCr && rest !== '') {
        afterCr = false;
        if (rest.startsWith('\n')) rest = rest.slice(1);
      }
      if (rest.endsWith('\r')) afterCr = true;
      const lines = rest.split(/\r\n|\r|\n/);
      pending.push(lines.pop() ?? '');
      const [first, ...others] = lines;
      if (first === undefined) return [];
      const [last = ''] = pending.splice(-1);
      const line = pending.join('') + first;
      pending = [last];
      return [line, ...others];
    };
  },
  split: (line) => {
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    if (colon < 0) return [line, ''];
    return [line.slice(0, colon), line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)];
  },
  process: (name, value, state) => {
    if (name === 'data') state.data += `${value}\n`;
    if (name === 'event') state.type = value;
    if (name === 'id' && !value.includes('\0')) state.idBuffer = value;
    if (name === 'retry' && /^[0-9]+$/.test(value)) state.reconnectionTimeMs = Number(value);
  },
  dispatch: (state) => {
    state.lastEventId = state.idBuffer;
    const { data, type, lastEventId: id } = state;
    state.data = '';
    state.type = '';
    return data === '' ? undefined : { type: type || 'message', data: data.slice(0, -1), id };
  },
  comment: (line) => line.slice(1),
  redirect: (status, location, from) => {
    if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
    const { href, protocol } = new URL(location, from);
    if (protocol !== 'http:') throw new Error(`a redirect to ${protocol}`);
    return href;
  },
  judge: (status, type = '', { retryStatuses = [] } = { url: '', types: [] }) => {
    if (retryStatuses.includes(status)) return 'again';
    const [essence = ''] = type.split(';');
    return status === 200 && essence.trim().toLowerCase() === 'text/event-stream' ? 'open' : 'fail';
  },
  fields: ({ headers }, lastEventId) => ({
    Accept: 'text/event-stream',
    'Cache-Control': 'no-cache',
    ...headers,
    // What no header can hold is left away.
    ...(lastEventId === '' || /[^\t\x20-\x7e\x80-\u{10ffff}]/u.test(lastEventId)
      ? {}
      : { 'Last-Event-ID': Buffer.from(lastEventId).toString('latin1') }),
  }),
  mostRedirects: 20,
  redirectedMethod: (status, method) => (status === 303 || (status < 303 && method === 'POST') ? 'GET' : method),
  sendsSecrets: false,
  mayRead: (allowed, origin) => allowed === '*' || allowed === origin,
  sendsCookies: (withCredentials = false) => withCredentials,
  target: ({ pathname, search }) => pathname + search,
  url: (given) => given,
  origin: (_, last) => last,
  asksTheUnfetchable: false,
  openDelayMs: 0,
  releases: true,
  passesInterim: () => true,
  closing: { stopsEvents: true, stopsWaiting: true, dropsConnection: true, tells: false },
  body: (response) => response,
  reads: () => true,
  method: ({ method = 'GET' }) => method,
  waitMs: ({ reconnectionTimeMs }) => reconnectionTimeMs,
  asksAgain: () => true,
  begin: (state) => {
    state.data = '';
    state.type = '';
    state.idBuffer = state.lastEventId;
  },
  finish: () => undefined,
  requestsPerDrop: 1,
  silenceMs: ({ readTimeoutMs }) => readTimeoutMs,
  isLife: () => true,
  restarts: true,
  timerMs: (waitMs) => Math.min(waitMs, 2 ** 31 - 1),
  mostFailures: ({ maxRetries = Number.POSITIVE_INFINITY }) => maxRetries,
  failsAtLimit: true,
  readyState: (readyState) => readyState,
  standsThrowing: true,
  tell: (report, send) => send(report),
  deliver: (event, report) => report(event),
};
