import { type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import { type ClientAdapter, type ClientReport, defineClient, type OpenOptions } from '../src/client/index.ts';

/** What a stream has gathered so far. */
export interface StreamState {
  data: string;
  type: string;
  idBuffer: string;
  lastEventId: string;
  reconnectionTimeMs: number;
}

type DeliveredEvent = Omit<Extract<ClientReport, { kind: 'event' }>, 'kind'>;

/** How a client behaves, in parts that can be replaced one by one; the standard read literally is the default. */
export interface ClientBehaviour {
  readonly capabilities: NonNullable<ClientAdapter['capabilities']>;
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
  readonly judge: (status: number, type: string | undefined) => 'open' | 'fail' | 'again';
  /** Header fields of a request. */
  readonly fields: (
    options: OpenOptions,
    lastEventId: string,
    nth: number,
    redirects?: number,
  ) => Record<string, string>;
  readonly mostRedirects: number;
  /** How late it tells that the stream is open. */
  readonly openDelayMs: number;
  /** Whether it gives the connection of a refused response up. */
  readonly releases: boolean;
  /** What close() does beside closing. */
  readonly closing: Readonly<Record<'stopsEvents' | 'stopsWaiting' | 'dropsConnection', boolean>>;
  /** Whether it passes over a response 1xx. */
  readonly passesInterim: (status: number) => boolean;
  /** Whether it reads the body of an accepted response. */
  readonly reads: (headers: IncomingMessage['headers']) => boolean;
  readonly method: (options: OpenOptions, nth: number) => string;
  /** What is waited after the n-th failure or end in a row, in ms. */
  readonly waitMs: (state: StreamState, failures: number) => number;
  /** Whether to ask again after a connection ended in one of these ways. */
  readonly asksAgain: (ending: 'end' | 'cut' | 'no response', nth: number) => boolean;
  /** Before each body. */
  readonly begin: (state: StreamState) => void;
  /** At the end of a body: what is still delivered. */
  readonly finish: (state: StreamState) => DeliveredEvent | undefined;
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
  ],
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
    let pending = '';
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
      const lines = (pending + rest).split(/\r\n|\r|\n/);
      pending = lines.pop() ?? '';
      return lines;
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
  judge: (status, type = '') => {
    const [essence = ''] = type.split(';');
    return status === 200 && essence.trim().toLowerCase() === 'text/event-stream' ? 'open' : 'fail';
  },
  fields: ({ headers }, lastEventId) => ({
    Accept: 'text/event-stream',
    'Cache-Control': 'no-cache',
    ...headers,
    ...(lastEventId === '' ? {} : { 'Last-Event-ID': Buffer.from(lastEventId).toString('latin1') }),
  }),
  mostRedirects: 20,
  openDelayMs: 0,
  releases: true,
  passesInterim: () => true,
  closing: { stopsEvents: true, stopsWaiting: true, dropsConnection: true },
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
  deliver: (event, report) => report(event),
};

/** A tiny client that reads the standard literally but for what it is told to do otherwise. */
export function literalClient(changes: Partial<ClientBehaviour> = {}): ClientAdapter {
  const behaviour = { ...literally, ...changes };
  return defineClient({
    name: 'literal client',
    capabilities: behaviour.capabilities,
    open: (options, report) => {
      const stream = new LiteralStream(behaviour, options, report);
      stream.connect();
      return { close: () => stream.close() };
    },
  });
}

class LiteralStream {
  readonly #behaviour: ClientBehaviour;
  readonly #options: OpenOptions;
  readonly #report: (report: ClientReport) => void;
  readonly #state: StreamState;
  #request: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #requests = 0;
  #failures = 0;

  constructor(behaviour: ClientBehaviour, options: OpenOptions, report: (report: ClientReport) => void) {
    this.#behaviour = behaviour;
    this.#options = options;
    this.#report = report;
    const lastEventId = options.lastEventId ?? '';
    this.#state = { data: '', type: '', idBuffer: lastEventId, lastEventId, reconnectionTimeMs: 1000 };
  }

  connect(): void {
    this.#requests += 1;
    this.#ask(this.#options.url, 0);
  }

  close(): void {
    const { stopsWaiting, dropsConnection } = this.#behaviour.closing;
    this.#closed = true;
    if (stopsWaiting) clearTimeout(this.#timer);
    if (dropsConnection) this.#request?.destroy();
  }

  #ask(url: string, redirects: number): void {
    const { method, fields } = this.#behaviour;
    const nth = this.#requests;
    try {
      this.#request = send(url, {
        method: method(this.#options, nth),
        agent: false,
        headers: fields(this.#options, this.#state.lastEventId, nth, redirects),
      });
    } catch (error) {
      this.close();
      this.#report({ kind: 'error', readyState: 2, message: String(error) });
      return;
    }
    this.#request.on('response', (response) => this.#follow(response, url, redirects));
    this.#request.on('error', () => this.#lost('no response'));
    this.#request.on('information', ({ statusCode }) => {
      if (!this.#behaviour.passesInterim(statusCode)) this.#request?.destroy(new Error('an interim response'));
    });
    this.#request.end(this.#options.body);
  }

  #follow(response: IncomingMessage, url: string, redirects: number): void {
    let next: string | undefined;
    try {
      next = this.#behaviour.redirect(response.statusCode ?? 0, response.headers.location, url);
    } catch {
      response.destroy();
      this.#lost('no response');
      return;
    }
    if (next === undefined) this.#take(response);
    else {
      response.destroy();
      if (redirects < this.#behaviour.mostRedirects) this.#ask(next, redirects + 1);
      else this.#lost('no response');
    }
  }

  #take(response: IncomingMessage): void {
    const { statusCode = 0, headers } = response;
    const judgement = this.#behaviour.judge(statusCode, headers['content-type']);
    if (judgement === 'again') {
      response.destroy();
      this.#lost('no response');
      return;
    }
    if (judgement === 'fail') {
      if (this.#behaviour.releases) this.close();
      this.#closed = true;
      this.#report({ kind: 'error', readyState: 2, message: `refused: ${statusCode} ${headers['content-type']}` });
      return;
    }
    this.#failures = 0;
    const { begin, decoder, liner, finish, openDelayMs, reads, closing } = this.#behaviour;
    const open = (): void => this.#report({ kind: 'open', readyState: 1 });
    if (openDelayMs > 0) setTimeout(open, openDelayMs);
    else open();
    begin(this.#state);
    const decode = decoder();
    const lines = liner();
    response.on('data', (chunk: Buffer) => {
      if (!reads(headers)) return;
      for (const line of lines(decode(chunk))) if (!this.#closed || !closing.stopsEvents) this.#read(line);
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      if (!this.#closed) for (const line of lines()) this.#read(line);
      this.#deliver(finish(this.#state));
      this.#lost(response.complete ? 'end' : 'cut');
    });
  }

  #read(line: string): void {
    const { split, process, dispatch, comment } = this.#behaviour;
    if (line === '') {
      this.#deliver(dispatch(this.#state));
      return;
    }
    const field = split(line);
    if (field) process(...field, this.#state);
    else this.#report({ kind: 'comment', text: comment(line) });
  }

  #deliver(event: DeliveredEvent | undefined): void {
    if (event) this.#behaviour.deliver(event, (one) => this.#report({ kind: 'event', ...one }));
  }

  #lost(ending: 'end' | 'cut' | 'no response'): void {
    if (this.#closed) return;
    const { asksAgain, waitMs } = this.#behaviour;
    if (!asksAgain(ending, this.#requests)) {
      this.close();
      this.#report({ kind: 'error', readyState: 2 });
      return;
    }
    this.#report({ kind: 'error', readyState: 0 });
    // It may have been closed at that very moment.
    if (this.#closed && this.#behaviour.closing.stopsWaiting) return;
    this.#timer = setTimeout(() => this.connect(), waitMs(this.#state, this.#failures));
    this.#failures += 1;
  }
}
