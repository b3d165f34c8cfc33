import { type Clock, type Random, sleep } from '@ssert/protocol';
import { Exchange, type ExchangeOptions } from './access/exchange.ts';
import { Http2Connection, type Http2Options, type Http2Stream } from './access/http2-connection.ts';
import type { OpenStreams } from './access/open-streams.ts';
import { type Vitals, vitals } from './access/proc.ts';
import type { Publish, PublishOutcome } from './access/publisher.ts';
import { type ServerProcess, StartError } from './access/server-process.ts';
import { ConnectionLog } from './access/timeline.ts';
import { basicCredentials, type RequestOptions, type WireRequest, wireRequest } from './access/wire-request.ts';
import type { Bounds } from './bounds.ts';
import type { Effort } from './effort.ts';
import { excuses, type HarnessLoad } from './harness-load.ts';
import type { Command } from './model/command.ts';
import type { PlannedClient } from './model/population.ts';
import type { Observations } from './observations.ts';
import type { PublishedEvent, StreamRequest, Target } from './target.ts';
import { TargetLost, Undecided } from './undecided.ts';
import type { Evidence } from './verdict.ts';

/** Where streams are opened and events published: a server, or one channel of it. */
export interface Place {
  readonly target: Target;
  /** Throws Undecided where the target gives no way to publish. */
  readonly publish: Publish;
}

/** A server whose process can be looked at. */
export interface WatchedServer extends Place {
  /** Undefined where the target does not tell its count. */
  readonly openStreams: OpenStreams | undefined;
  vitals(): Promise<Vitals>;
}

/** A server of the rule's own, on a port of its own. */
export interface FreshServer extends WatchedServer, Omit<ServerProcess, 'alive'> {
  /** Undefined where the target gives no way to end its streams. */
  readonly endStreams: RunAccess['endStreams'];
}

/** What the first requests of a run told about the server. */
export interface Acquaintance {
  /** The subscription as the redirects changed it. */
  readonly stream: StreamRequest;
  /** The first answer to a plain subscription, redirects followed. */
  readonly first: Exchange;
  /** The answers that redirected to it. */
  readonly redirects: readonly Exchange[];
  /** The header block came only after something was published. */
  readonly headersWaitForEvent: boolean;
}

/** What a publisher's event looks like when it arrives; known once the first plain event came through. */
export interface Carriage {
  /** `json`: the data arrives as a JSON string, so values are compared after parsing. */
  readonly form: 'text' | 'json';
  /** Whether a plain event type, id and retry of the publisher's came through; undefined where no such event arrived. */
  readonly event: boolean | undefined;
  readonly id: boolean | undefined;
  readonly retry: boolean | undefined;
  /** The last event always waits for the next one. */
  readonly heldBack: boolean;
  /** Event types that our plain events arrived with: not only the server's own, even where it sends them unasked. */
  readonly types: readonly string[];
}

/** A request to the target, and how it is watched. */
export interface SendOptions
  extends RequestOptions,
    Pick<ExchangeOptions, 'keepArrivals' | 'keepBodyBytes' | 'lingers' | 'holdBack'> {
  /** False keeps what is seen from the passive rules: for streams on which the rule itself sends poison. */
  readonly observed?: boolean;
  /** The stream that is asked for, where it is not the target's. */
  readonly to?: StreamRequest;
  /** The server that is asked, or the channel of it, where it is not the run's own. */
  readonly server?: Place | undefined;
}

/** What a run hands to each of its rules. */
export interface RunAccess {
  readonly target: Target;
  readonly effort: Effort;
  readonly seed: number;
  readonly clock: Clock;
  readonly load: HarnessLoad;
  readonly observations: Observations;
  /** Whom TLS trusts; undefined for everybody that Node.js does. */
  readonly trust: Http2Options['trust'];
  /** Undefined until the first answer is in. */
  readonly acquaintance: Acquaintance | undefined;
  /** Undefined until publishing begins, and where the first plain event did not come through. */
  readonly carriage: Carriage | undefined;
  /** Why it did not, as far as that is known. */
  readonly carriageProblem: string | undefined;
  readonly publish: Publish | undefined;
  /** Publishes to the other principal's stream alone. */
  readonly publishToOther: Publish | undefined;
  /** Revokes the other principal's credential. */
  readonly revoke: (() => Promise<PublishOutcome>) | undefined;
  /** Makes the server end its open streams, as it does when it has no more to send. */
  readonly endStreams: (() => Promise<PublishOutcome>) | undefined;
  readonly openStreams: OpenStreams | undefined;
  /** The sockets on the server's port, for rules that make do with them where it tells no count itself. */
  readonly socketsHeld: OpenStreams | undefined;
  /** Starts another process of the server; undefined where the target has no start command. */
  readonly startFresh: ((port?: number) => Promise<FreshServer>) | undefined;
  /** Whether such a process may be at work beside the run's own. */
  readonly startsAlongside: boolean;
  /** A process of the server that the harness did not start. */
  readonly pid: number | undefined;
  /** The commands that a rule on histories does again, in place of looking for some. */
  readonly replay: readonly Command[] | undefined;
  readonly population: readonly PlannedClient[] | undefined;
  readonly maxConnections: number;
  /** How often the server was started again, because it had died. */
  readonly restarts: number;
  /** A channel of the server by its name; undefined where the server has one for all. */
  readonly channel: ((name: string) => Place) | undefined;
  /** Resolves when the quiet part is over and it is known how published events arrive. */
  readonly publishingBegins: Promise<void>;
  /** See {@link RuleContext.shared}. */
  readonly shared: <T>(name: string, begin: (context: RuleContext) => Promise<T>) => Promise<T>;
}

/** What a rule tells the run while it goes on. */
export interface RuleHooks {
  readonly onProgress: (message: string) => void;
  /** The rule needs no silence any more. */
  readonly onSilenceDone: () => void;
}

/** What is said where the first plain event was accepted, and not seen on the stream. */
export const nothingCameThrough = 'the first plain event did not come through, so publishing proves nothing';

/** Published to make a server send headers that it holds back until then. */
export const nudge = 'ssert-nudge';

/** A rule's view of the run: every connection opened through it is closed when the rule ends. */
export class RuleContext {
  readonly #currentAccess: () => RunAccess;
  readonly #exchanges = new Set<Exchange>();
  readonly #log: ConnectionLog;
  readonly #connections = new Set<Http2Connection>();
  readonly #servers = new Set<Promise<FreshServer>>();
  readonly #hooks: RuleHooks;
  #released = false;
  readonly random: Random;
  /** Aborts when the rule's time is up or the run breaks off. */
  readonly signal: AbortSignal;

  /** @param currentAccess asked each time: a rule may outlast a restart of the server */
  constructor(currentAccess: () => RunAccess, random: Random, signal: AbortSignal, hooks: RuleHooks) {
    this.#currentAccess = currentAccess;
    this.#log = new ConnectionLog(this.clock.now());
    this.random = random;
    this.signal = signal;
    this.#hooks = hooks;
  }

  get #access(): RunAccess {
    return this.#currentAccess();
  }

  get target(): Target {
    return this.#access.target;
  }
  get bounds(): Bounds {
    return this.#access.target.bounds;
  }
  get effort(): Effort {
    return this.#access.effort;
  }
  get seed(): number {
    return this.#access.seed;
  }
  get clock(): Clock {
    return this.#access.clock;
  }
  /** How busy the harness itself is, for rules that judge time. */
  get load(): HarnessLoad {
    return this.#access.load;
  }
  get observations(): Observations {
    return this.#access.observations;
  }
  get restarts(): number {
    return this.#access.restarts;
  }
  get acquaintance(): Acquaintance {
    if (!this.#access.acquaintance) throw new Undecided('no answer of the server is in yet');
    return this.#access.acquaintance;
  }

  /** How published events arrive. @throws Undecided where the first plain event did not come through */
  get carriage(): Carriage {
    const { carriage, carriageProblem } = this.#access;
    if (!carriage) throw new Undecided(carriageProblem ?? nothingCameThrough);
    return carriage;
  }

  /**
   * Sends a request; without options it is a plain subscription.
   * @throws Undecided where too many connections are open, or the rule is over
   */
  send(options: SendOptions = {}): Exchange {
    this.#mustNotBeOver();
    if (this.#exchanges.size >= this.#access.maxConnections) {
      throw new Undecided(`the run's limit of ${this.#access.maxConnections} connections is reached`);
    }
    const stream = options.to ?? (options.server ?? this.#access).target.stream;
    const method = options.method ?? stream.method;
    const body = 'body' in options ? options.body : method === stream.method ? stream.body : undefined;
    const defaults = { Accept: 'text/event-stream', 'Cache-Control': 'no-store', ...stream.headers };
    // A count that is of one channel knows nothing of streams on another.
    const counted = this.target.statsByChannel && stream !== this.target.stream ? 0 : 1;
    const request = wireRequest(options.url ?? stream.url, method, defaults, { ...options, body });
    const exchange = new Exchange(request, {
      clock: this.clock,
      allowFields: this.target.allowFields,
      trust: this.#access.trust,
      ...(options.keepArrivals === undefined ? {} : { keepArrivals: options.keepArrivals }),
      ...(options.keepBodyBytes === undefined ? {} : { keepBodyBytes: options.keepBodyBytes }),
      ...(options.lingers === undefined ? {} : { lingers: options.lingers }),
      ...(options.holdBack === undefined ? {} : { holdBack: options.holdBack }),
      onViolation: (violation, from) => {
        if (options.observed !== false) this.observations.sighted(violation, from);
      },
      onBlock: (block) => {
        if (options.observed !== false) this.observations.addBlock(block, exchange);
      },
      onEnd: (ended) => {
        if (!options.lingers) this.#exchanges.delete(ended);
        this.observations.underWay -= counted;
        this.observations.over += counted;
        if (options.observed !== false) this.observations.add(ended);
      },
    });
    this.#exchanges.add(exchange);
    this.#log.add(exchange);
    this.observations.underWay += counted;
    this.observations.lastOpenedAtMs = exchange.startedAtMs;
    return exchange;
  }

  /**
   * Sends a request and waits for the header block. A server that holds it back until an event is published gets one,
   * where the target can publish.
   * @returns the exchange; its `head` is undefined where none came within the `open` bound, or some times longer while
   *   the machine is so busy that the delay may be the harness's own
   * @throws TargetLost where no connection could be made
   */
  async ask(options: SendOptions = {}): Promise<Exchange> {
    const exchange = this.send(options);
    await this.headsOf([exchange], options.server);
    if (exchange.end?.kind === 'unreachable') throw new TargetLost(exchange.end.message);
    return exchange;
  }

  /** Waits for header blocks as `ask` does, for many exchanges at once. */
  async headsOf(exchanges: readonly Exchange[], server?: Place): Promise<void> {
    const within = (patienceMs: number) => Promise.all(exchanges.map((exchange) => exchange.headWithin(patienceMs)));
    const publish = this.#access.publish && (server?.publish ?? this.#access.publish);
    if (this.#access.acquaintance?.headersWaitForEvent && publish) {
      // The first nudge may come before the listener is there; the second, a whole bound later, does not.
      for (const patienceMs of [20, this.bounds.open, this.bounds.open]) {
        await within(patienceMs);
        if (exchanges.every(({ head, end }) => head || end)) return;
        if (!server) this.#log.published(this.clock.now());
        await publish({ data: nudge });
      }
    }
    const { open } = this.bounds;
    const sinceMs = this.load.mark();
    await within(open);
    // On a busy machine a miss may be our own doing; a rule that judges the time itself looks at `headAtMs`.
    for (let tookMs = open; exchanges.some(({ head, end }) => !head && !end); tookMs += open) {
      if (!excuses(this.load.since(sinceMs), { boundMs: open, tookMs, heavy: true }) || this.signal.aborted) return;
      await within(open);
    }
  }

  /**
   * Opens an event stream.
   * @throws Undecided where the answer is not one, TargetLost where there is none
   */
  async subscribe(options: SendOptions = {}): Promise<Exchange> {
    const exchange = await this.ask(options);
    if (!exchange.isEventStream || (exchange.end && exchange.end.kind !== 'complete')) {
      const what = exchange.head ? `status ${exchange.head.status}` : `no header block within ${this.bounds.open} ms`;
      throw new Undecided(`a subscription got ${what} in place of an event stream`);
    }
    return exchange;
  }

  /**
   * Opens a connection by HTTP/2 and waits for the server's SETTINGS.
   * @throws Undecided where the server speaks no HTTP/2, or the rule is over
   */
  async connectHttp2(
    options: Pick<Http2Options, 'initialWindowBytes'> & { readonly server?: FreshServer } = {},
  ): Promise<Http2Connection> {
    this.#mustNotBeOver();
    const { server, ...window } = options;
    const { http2, stream } = server?.target ?? this.target;
    const connection = new Http2Connection(http2 ?? stream.url, {
      ...window,
      clock: this.clock,
      trust: this.#access.trust,
    });
    this.#connections.add(connection);
    if (!(await connection.ready(5 * this.bounds.open))) {
      const { end } = connection;
      const why = end && 'message' in end ? ` (${end.message})` : '';
      throw new Undecided(`${connection.url.host} does not speak HTTP/2${why}`);
    }
    return connection;
  }

  /**
   * Sends the target's subscription on a connection by HTTP/2, or another method for the same resource.
   * @param headers further ones, their names in lower case
   */
  sendHttp2(
    connection: Http2Connection,
    method: string = this.target.stream.method,
    headers: Readonly<Record<string, string>> = {},
  ): Http2Stream {
    const { url } = connection;
    const { stream } = this.target;
    const fields = {
      accept: 'text/event-stream',
      'cache-control': 'no-store',
      ...basicCredentials(url),
      ...stream.headers,
    };
    const lower = Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value] as const);
    return connection.open(
      [
        [':method', method],
        [':scheme', url.protocol.slice(0, -1)],
        [':authority', url.host],
        [':path', `${url.pathname}${url.search}`],
        ...new Map([...lower, ...Object.entries(headers)]),
      ],
      method === stream.method ? stream.body : undefined,
    );
  }

  /**
   * Opens event streams on a connection by HTTP/2.
   * @param headersOf further ones of each stream, by its index
   * @throws Undecided where an answer is not one
   */
  async subscribeHttp2(
    connection: Http2Connection,
    count: number,
    headersOf: (index: number) => Readonly<Record<string, string>> = () => ({}),
  ): Promise<Http2Stream[]> {
    const streams = Array.from({ length: count }, (_, index) =>
      this.sendHttp2(connection, this.target.stream.method, headersOf(index)),
    );
    const within = (timeoutMs: number) =>
      Promise.all(
        streams.map((stream) => stream.until(() => (stream.head || stream.end ? true : undefined), timeoutMs)),
      );
    if (this.acquaintance.headersWaitForEvent && this.#access.publish) {
      await within(this.bounds.open);
      await this.#access.publish({ data: nudge });
    }
    await within(5 * this.bounds.open);
    const other = streams.find((stream) => !stream.isEventStream);
    if (other) throw new Undecided(`of ${count} subscriptions over HTTP/2 one got ${answerOfHttp2(other)}`);
    return streams;
  }

  /** Publishes. @throws Undecided where the target gives no way to */
  publish(event: PublishedEvent): Promise<PublishOutcome> {
    if (!this.#access.publish) throw new Undecided('the target gives no way to publish');
    const atMs = this.clock.now();
    this.#log.published(atMs);
    this.observations.published(this, atMs);
    return this.#access.publish(event);
  }

  /** What became of the rule's connections so far, as evidence; empty where it opened none. */
  timeline(): Evidence {
    return this.#log.evidence;
  }

  /** The commands that the rule does again, in place of looking for some. */
  get replay(): readonly Command[] | undefined {
    return this.#access.replay;
  }

  /** Clients that a rule on histories plays before those by chance. */
  get population(): readonly PlannedClient[] | undefined {
    return this.#access.population;
  }

  /** Whether the target gives a way to publish, and the first plain event came through. */
  get publishes(): boolean {
    return this.#access.publish !== undefined && this.#access.carriage !== undefined;
  }

  /** Publishes to the other principal's stream. @throws Undecided where the target has none */
  publishToOther(event: PublishedEvent): Promise<PublishOutcome> {
    if (!this.#access.publishToOther) throw new Undecided('the target has no other principal');
    return this.#access.publishToOther(event);
  }

  /** Revokes the other principal's credential. @throws Undecided where the target gives no way to */
  revoke(): Promise<PublishOutcome> {
    if (!this.#access.revoke) throw new Undecided('the target gives no way to revoke a credential');
    return this.#access.revoke();
  }

  /**
   * Makes the server end its open streams.
   * @param server which, where it is not the run's own
   * @throws Undecided where the target gives no way to, or that fails
   */
  async endStreams(server?: FreshServer): Promise<void> {
    const { endStreams } = server ?? this.#access;
    if (!endStreams) throw new Undecided('the target gives no way to end its streams');
    const outcome = await endStreams();
    if (outcome.kind !== 'accepted') throw new Undecided(`asked to end its streams: ${outcome.reason}`);
  }

  /** Whether `openStreams` gives the kernel's count of sockets, for want of the server's own. */
  get countsSockets(): boolean {
    return this.#access.openStreams === undefined;
  }

  /** The number of streams that the server says it holds. @throws Undecided where it does not tell */
  async openStreams(): Promise<number> {
    const count = this.#access.openStreams ?? this.#access.socketsHeld;
    try {
      if (count) return await count();
    } catch (error) {
      throw new Undecided(
        `the count of open streams cannot be read: ${error instanceof Error ? error.message : error}`,
      );
    }
    throw new Undecided('the target does not tell its count of open streams');
  }

  /** Asks for the count until `wanted` holds; gives the last count after `timeoutMs`. */
  async openStreamsUntil(wanted: (count: number) => boolean, timeoutMs: number): Promise<number> {
    const deadline = this.clock.now() + timeoutMs;
    for (;;) {
      const count = await this.openStreams();
      if (wanted(count) || this.clock.now() >= deadline || this.signal.aborted) return count;
      await this.sleep(Math.min(20, Math.max(1, deadline - this.clock.now())));
    }
  }

  /**
   * Starts a server for this rule alone.
   * @param port that of one that has ended, to take its place; else any
   * @throws Undecided where the target has no start command, the command fails, or the rule is over
   */
  async startFresh(port?: number): Promise<FreshServer> {
    if (!this.#access.startFresh) {
      throw new Undecided('the target has no command that starts it: give --start COMMAND');
    }
    this.#mustNotBeOver();
    const starting = this.#access.startFresh(port);
    this.#servers.add(starting);
    try {
      return this.#noting(await starting);
    } catch (error) {
      if (error instanceof StartError) throw new Undecided(error.message);
      throw error;
    }
  }

  /**
   * Ends a server of this rule's own and starts it again on its port. It has the `stop` bound for what it stores at its
   * end, and is killed only then.
   * @throws Undecided as `startFresh` does
   */
  async startAgain(server: FreshServer): Promise<FreshServer> {
    // `stop` alone kills after a second; that is for servers of which nothing is asked any more.
    server.signal('SIGTERM');
    await server.exitWithin(this.bounds.stop);
    await server.stop();
    return this.startFresh(server.port);
  }

  /** Whether a rule may start one while others use the run's own. */
  get startsAlongside(): boolean {
    return this.#access.startsAlongside;
  }

  /** Whether the rule started one, in whose place the run's own may have ended. */
  get startedServers(): boolean {
    return this.#servers.size > 0;
  }

  /**
   * A server whose process can be looked at: one for this rule alone where it can be started, else the run's own.
   * @throws Undecided where there is neither
   */
  async watched(): Promise<WatchedServer> {
    const { target, pid, openStreams, startFresh } = this.#access;
    if (startFresh || pid === undefined) return this.startFresh();
    return { target, openStreams, publish: (event) => this.publish(event), vitals: () => vitals([pid]) };
  }

  /**
   * A channel of the server that no other rule uses, by a name of the rule's own. Undefined where everything published
   * comes on every stream.
   */
  ownChannel(name: string): Place | undefined {
    const channel = this.#access.channel?.(`ssert-${name}`);
    return channel && this.#noting(channel);
  }

  /** The same place, where publishing is noted for the timeline. */
  #noting<P extends Place>(place: P): P {
    const publish: Publish = (event) => {
      this.#log.published(this.clock.now());
      return place.publish(event);
    };
    return { ...place, publish };
  }

  /**
   * For a rule of the `soak` phase: says that it needs no silence any more, and waits until nobody does and it is known
   * how published events arrive.
   */
  publishingBegins(): Promise<void> {
    this.#hooks.onSilenceDone();
    return this.#access.publishingBegins;
  }

  /**
   * A situation that several rules look at: who asks first brings it about. What it opens through the context that it
   * is given stays open until the crowd comes.
   */
  shared<T>(name: string, begin: (context: RuleContext) => Promise<T>): Promise<T> {
    return this.#access.shared(name, begin);
  }

  /** Waits, at most until the rule's time is up. */
  sleep(delayMs: number): Promise<void> {
    return sleep(this.clock, delayMs, this.signal);
  }

  /** Tells the watcher of the run what the rule is at: "watched 15 s of 57 s". */
  progress(message: string): void {
    this.#hooks.onProgress(message);
  }

  /** The request as a curl command. */
  curl(options: SendOptions = {}): string {
    const stream = options.to ?? this.target.stream;
    const method = options.method ?? stream.method;
    const parts = ['curl', method === 'HEAD' ? '-sI' : '-siN'];
    if (method !== 'GET' && method !== 'HEAD') parts.push('-X', method);
    if (options.httpVersion === '1.0') parts.push('--http1.0');
    const fields = { Accept: 'text/event-stream', ...stream.headers, ...options.headers };
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === 'string') parts.push('-H', shellQuote(`${name}: ${value}`));
    }
    if (Object.keys(fields).some((name) => name.toLowerCase() === 'accept-encoding')) parts.push('--compressed');
    if (stream.body !== undefined && method === stream.method) parts.push('-d', shellQuote(stream.body));
    const url = options.url ?? stream.url;
    if (url.protocol === 'https:' && this.target.ca !== undefined) parts.push('--cacert', shellQuote(this.target.ca));
    parts.push(shellQuote(url.href));
    return parts.join(' ');
  }

  /** Two curl commands: one watches the stream while the other publishes. Undefined where curl cannot publish. */
  curlPublish(event: PublishedEvent, options: SendOptions = {}): string | undefined {
    const { publish } = this.target;
    if (typeof publish !== 'string') return undefined;
    const post = `curl -s -X POST -H 'Content-Type: application/json' -d ${shellQuote(JSON.stringify(event))} ${shellQuote(publish)}`;
    return `${this.curl(options)} & sleep 1; ${post}`;
  }

  /** Closes what the rule left open; a rule that goes on nevertheless opens nothing more. */
  async release(): Promise<void> {
    this.#released = true;
    for (const exchange of this.#exchanges) exchange.close();
    this.#exchanges.clear();
    for (const connection of this.#connections) connection.close();
    await Promise.all(
      [...this.#servers].map(async (starting) => {
        // One that is still about to start is waited for: nobody else would stop it.
        const server = await starting.catch(() => undefined);
        await server?.stop();
      }),
    );
  }

  #mustNotBeOver(): void {
    if (this.#released) throw new Undecided('the rule is over');
  }
}

/** What came back over HTTP/2, for a message. */
export function answerOfHttp2({ status, end }: Http2Stream): string {
  if (status !== undefined) return `status ${status}`;
  return end && 'message' in end ? `no answer (${end.message})` : 'no answer';
}

/** The request as it was sent, for what curl does not show; its answer comes out as `od -c` tells it. */
export function rawCommand({ text, host, port, tls }: WireRequest): string {
  const lines = `printf '%s\\r\\n' ${[...text.split('\n'), ''].map((line) => (line === '' ? "''" : shellQuote(line))).join(' ')}`;
  const open = tls
    ? `(${lines}; sleep 1) | openssl s_client -quiet -no_ign_eof -connect ${host}:${port} -servername ${host}`
    : `${lines} | bash -c 'exec 3<>/dev/tcp/$0/$1; cat >&3; cat <&3 & sleep 1; kill $!' ${host} ${port}`;
  return `${open} | od -c`;
}

/** A word that a POSIX shell reads as exactly this text. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
