import { type ClientRequest, type IncomingMessage, request as send } from 'node:http';
import {
  type ClientAdapter,
  type ClientReport,
  defineClient,
  type OpenOptions,
  type ReadyState,
} from '../src/client/index.ts';
import { requestOverHttp2 } from './http2-request.ts';
import { type ClientBehaviour, type DeliveredEvent, literally, type StreamState } from './literal-behaviour.ts';

/** A tiny client that reads the standard literally but for what it is told to do otherwise. */
export function literalClient(changes: Partial<ClientBehaviour> = {}): ClientAdapter {
  const behaviour = { ...literally, ...changes };
  const cookies = new Set<string>();
  return defineClient({
    name: 'literal client',
    capabilities: behaviour.capabilities,
    exposes: behaviour.exposes,
    open: (options, report) => {
      const stream = new LiteralStream(behaviour, options, report, cookies);
      stream.connect();
      return {
        close: () => stream.close(),
        restart: () => stream.restart(),
        readyState: () => stream.readyState,
        url: () => stream.url,
      };
    },
  });
}

/** One request of those that a redirect leads along. */
interface Hop {
  readonly url: string;
  readonly redirects: number;
  readonly method: string;
  readonly body: string | undefined;
  readonly isAbroad: boolean;
}

class LiteralStream {
  readonly #behaviour: ClientBehaviour;
  readonly #options: OpenOptions;
  readonly #listener: (report: ClientReport) => void;
  readonly #state: StreamState;
  /** Of all streams of the client. */
  readonly #cookies: Set<string>;
  #request: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #closed = false;
  #isOpen = false;
  #lastUrl: string;
  #requests = 0;
  #failures = 0;

  constructor(
    behaviour: ClientBehaviour,
    options: OpenOptions,
    report: (report: ClientReport) => void,
    cookies: Set<string>,
  ) {
    this.#cookies = cookies;
    this.#behaviour = behaviour;
    this.#options = options;
    this.#listener = report;
    this.#lastUrl = options.url;
    const lastEventId = options.lastEventId ?? '';
    const { initialMs: reconnectionTimeMs = 1000 } = options.backoff ?? {};
    this.#state = { data: '', type: '', idBuffer: lastEventId, lastEventId, reconnectionTimeMs };
  }

  connect(): void {
    this.#requests += 1;
    const { url, body } = this.#options;
    const method = this.#behaviour.method(this.#options, this.#requests);
    this.#ask({ url, redirects: 0, method, body, isAbroad: false });
  }

  get url(): string {
    return this.#behaviour.url(this.#options.url, this.#lastUrl);
  }

  get readyState(): ReadyState {
    return this.#behaviour.readyState(this.#closed ? 2 : this.#isOpen ? 1 : 0);
  }

  close(): void {
    const { stopsWaiting, dropsConnection, tells } = this.#behaviour.closing;
    this.#closed = true;
    clearTimeout(this.#silence);
    if (stopsWaiting) clearTimeout(this.#timer);
    if (dropsConnection) this.#request?.destroy();
    if (tells) this.#tell({ kind: 'error', readyState: 2 });
  }

  restart(): void {
    if (this.#closed || !this.#behaviour.restarts) return;
    const old = this.#request;
    clearTimeout(this.#timer);
    this.connect();
    old?.destroy();
  }

  /** What a listener throws is its own affair, if the client is right. */
  #report(report: ClientReport): void {
    try {
      this.#listener(report);
    } catch {
      if (!this.#behaviour.standsThrowing) this.#request?.destroy();
    }
  }

  #tell(report: ClientReport): void {
    this.#behaviour.tell(report, (one) => this.#report(one));
  }

  /** Begins to listen for silence anew. */
  #awaitLife(): void {
    clearTimeout(this.#silence);
    const { silenceMs } = this.#behaviour;
    const longest = silenceMs(this.#options, this.#isOpen);
    if (longest !== undefined) this.#silence = setTimeout(() => this.#request?.destroy(), longest);
  }

  #ask(hop: Hop): void {
    const { fields, sendsSecrets, target, asksTheUnfetchable } = this.#behaviour;
    const { url, redirects, method, body, isAbroad } = hop;
    let request: ClientRequest;
    this.#lastUrl = url;
    try {
      const given = Object.entries(fields(this.#options, this.#state.lastEventId, this.#requests, redirects));
      const isSecret = (name: string): boolean => /^(authorization|cookie)$/i.test(name);
      const headers = given.filter(([name]) => !isAbroad || sendsSecrets || !isSecret(name));
      headers.push(...this.#ofThePage(hop));
      const { ca } = this.#options;
      const asked = { method, path: target(new URL(url)), headers: Object.fromEntries(headers) };
      request = ca === undefined ? send(url, { ...asked, agent: false }) : requestOverHttp2(url, { ...asked, ca });
    } catch (error) {
      if (asksTheUnfetchable) {
        this.#lost('no response');
        return;
      }
      this.close();
      this.#tell({ kind: 'error', readyState: 2, message: String(error) });
      return;
    }
    this.#request = request;
    this.#awaitLife();
    request.on('response', (response) => this.#follow(response, hop));
    request.on('error', () => {
      if (request === this.#request) this.#lost('no response');
    });
    request.on('information', ({ statusCode }) => {
      if (!this.#behaviour.passesInterim(statusCode)) request.destroy(new Error('an interim response'));
    });
    request.end(body);
  }

  /** What the page, in which the stream was opened, adds to a request to another origin. */
  #ofThePage({ url, isAbroad }: Hop): [name: string, value: string][] {
    const origin = this.#foreignTo(url, isAbroad);
    if (origin === undefined) return [];
    const sendsCookies = this.#cookies.size > 0 && this.#behaviour.sendsCookies(this.#options.withCredentials);
    return [
      ['Origin', origin],
      ...(sendsCookies ? [['Cookie', [...this.#cookies].join('; ')] as [string, string]] : []),
    ];
  }

  /** The page's origin where the URL has another; opaque behind a redirect that led abroad. */
  #foreignTo(url: string, isAbroad: boolean): string | undefined {
    const { origin } = this.#options;
    if (origin === undefined || origin === new URL(url).origin) return undefined;
    return isAbroad ? 'null' : origin;
  }

  #follow(response: IncomingMessage, { url, redirects, ...hop }: Hop): void {
    const { statusCode = 0, headers } = response;
    const { redirect, redirectedMethod, mostRedirects } = this.#behaviour;
    let next: string | undefined;
    try {
      next = redirect(statusCode, headers.location, url);
    } catch {
      response.destroy();
      this.#lost('no response');
      return;
    }
    const origin = this.#foreignTo(url, hop.isAbroad);
    const forbids = origin !== undefined && !this.#behaviour.mayRead(headers['access-control-allow-origin'], origin);
    if (origin === undefined || this.#behaviour.sendsCookies(this.#options.withCredentials)) {
      for (const cookie of headers['set-cookie'] ?? []) this.#cookies.add(cookie.split(';')[0] ?? '');
    }
    if (forbids) this.#fail(response);
    else if (next === undefined) this.#take(response);
    else {
      response.destroy();
      if (redirects === mostRedirects) {
        this.#lost('no response');
        return;
      }
      const method = redirectedMethod(statusCode, hop.method);
      const isAbroad = hop.isAbroad || new URL(next).origin !== new URL(url).origin;
      const body = method === hop.method ? hop.body : undefined;
      this.#ask({ url: next, redirects: redirects + 1, method, body, isAbroad });
    }
  }

  #take(response: IncomingMessage): void {
    const { statusCode = 0, headers } = response;
    const judgement = this.#behaviour.judge(statusCode, headers['content-type'], this.#options);
    if (judgement === 'again') {
      response.destroy();
      this.#lost('no response');
      return;
    }
    if (judgement === 'fail') {
      this.#fail(response);
      return;
    }
    this.#failures = 0;
    this.#isOpen = true;
    const request = this.#request;
    const { begin, decoder, liner, finish, openDelayMs, body, reads, closing, isLife } = this.#behaviour;
    const open = (): void => this.#tell({ kind: 'open', readyState: 1 });
    if (openDelayMs > 0) setTimeout(open, openDelayMs);
    else open();
    begin(this.#state);
    const decode = decoder();
    const lines = liner();
    let unended = 0;
    this.#awaitLife();
    body(response).on('data', (chunk: Buffer) => {
      if (isLife(chunk)) this.#awaitLife();
      if (!reads(headers)) return;
      const complete = lines(decode(chunk));
      for (const line of complete) if (!this.#closed || !closing.stopsEvents) this.#read(line);
      unended = complete.length > 0 ? 0 : unended + chunk.length;
      this.#limit(unended - 'data: '.length);
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      // A restart has taken its place.
      if (request !== this.#request) return;
      if (!this.#closed) for (const line of lines()) this.#read(line);
      this.#deliver(finish(this.#state));
      this.#lost(response.complete ? 'end' : 'cut');
    });
  }

  #fail({ statusCode, headers }: IncomingMessage): void {
    if (this.#behaviour.releases) this.close();
    this.#closed = true;
    this.#tell({ kind: 'error', readyState: 2, message: `refused: ${statusCode} ${headers['content-type']}` });
  }

  #read(line: string): void {
    const { split, process, dispatch, comment } = this.#behaviour;
    if (line === '') {
      this.#deliver(dispatch(this.#state));
      return;
    }
    const field = split(line);
    if (field) {
      process(...field, this.#state);
      this.#limit(this.#state.data.length - 1);
    } else this.#report({ kind: 'comment', text: comment(line) });
  }

  /** Gives up where an event is longer than its caller allows. */
  #limit(dataBytes: number): void {
    const { maxEventBytes = Number.POSITIVE_INFINITY } = this.#options;
    if (dataBytes <= maxEventBytes || this.#closed) return;
    if (!this.#behaviour.failsAtLimit) {
      this.#request?.destroy();
      return;
    }
    this.close();
    this.#tell({ kind: 'error', readyState: 2, message: 'an event is too long' });
  }

  #deliver(event: DeliveredEvent | undefined): void {
    if (!event) return;
    const { url, origin: page = url } = this.#options;
    const { origin } = new URL(this.#behaviour.origin(url, this.#lastUrl, page));
    this.#behaviour.deliver(event, (one) => this.#report({ kind: 'event', ...one, origin }));
  }

  #lost(ending: 'end' | 'cut' | 'no response'): void {
    if (this.#closed) return;
    clearTimeout(this.#silence);
    this.#isOpen = false;
    const { asksAgain, waitMs, timerMs, mostFailures, requestsPerDrop } = this.#behaviour;
    if (!asksAgain(ending, this.#requests) || this.#failures >= mostFailures(this.#options)) {
      this.close();
      this.#tell({ kind: 'error', readyState: 2 });
      return;
    }
    this.#tell({ kind: 'error', readyState: 0 });
    // It may have been closed at that very moment.
    if (this.#closed && this.#behaviour.closing.stopsWaiting) return;
    const wait = timerMs(waitMs(this.#state, this.#failures, this.#options));
    for (let nth = 0; nth < requestsPerDrop; nth += 1) this.#timer = setTimeout(() => this.connect(), wait);
    this.#failures += 1;
  }
}
