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
  /** Before each body. */
  readonly begin: (state: StreamState) => void;
  /** At the end of a body: what is still delivered. */
  readonly finish: (state: StreamState) => DeliveredEvent | undefined;
  /** Passes an event on; may keep it back or repeat it. */
  readonly deliver: (event: DeliveredEvent, report: (event: DeliveredEvent) => void) => void;
}

export const literally: ClientBehaviour = {
  capabilities: ['comments', 'open-event', 'error-event', 'ready-state', 'headers', 'last-event-id', 'post', 'report'],
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

  constructor(behaviour: ClientBehaviour, options: OpenOptions, report: (report: ClientReport) => void) {
    this.#behaviour = behaviour;
    this.#options = options;
    this.#report = report;
    const lastEventId = options.lastEventId ?? '';
    this.#state = { data: '', type: '', idBuffer: lastEventId, lastEventId, reconnectionTimeMs: 1000 };
  }

  connect(): void {
    const { url, method = 'GET', headers = {}, body } = this.#options;
    const { lastEventId } = this.#state;
    this.#request = send(url, {
      method,
      agent: false,
      headers: {
        Accept: 'text/event-stream',
        'Cache-Control': 'no-cache',
        ...headers,
        ...(lastEventId === '' ? {} : { 'Last-Event-ID': Buffer.from(lastEventId).toString('latin1') }),
      },
    });
    this.#request.on('response', (response) => this.#take(response));
    this.#request.on('error', () => this.#reconnect());
    this.#request.end(body);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#request?.destroy();
  }

  #take(response: IncomingMessage): void {
    const [essence = ''] = (response.headers['content-type'] ?? '').split(';');
    if (response.statusCode !== 200 || essence.trim().toLowerCase() !== 'text/event-stream') {
      this.close();
      this.#report({ kind: 'error', readyState: 2, message: `refused: ${response.statusCode} ${essence}` });
      return;
    }
    this.#report({ kind: 'open', readyState: 1 });
    const { begin, decoder, liner, finish } = this.#behaviour;
    begin(this.#state);
    const decode = decoder();
    const lines = liner();
    response.on('data', (chunk: Buffer) => {
      for (const line of lines(decode(chunk))) if (!this.#closed) this.#read(line);
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      if (!this.#closed) for (const line of lines()) this.#read(line);
      this.#deliver(finish(this.#state));
      this.#reconnect();
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

  #reconnect(): void {
    if (this.#closed) return;
    this.#report({ kind: 'error', readyState: 0 });
    this.#timer = setTimeout(() => this.connect(), this.#state.reconnectionTimeMs);
  }
}
