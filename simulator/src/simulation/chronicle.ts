import type { StreamMessage, StreamState } from '@ssert/client';
import type { Checker, Observed } from '../checkers/checker.ts';
import type { Checkers } from '../checkers/index.ts';
import type { ClientMachine, ClientObserver } from '../world/client-machine.ts';
import type { NetworkObserver } from '../world/network.ts';
import type { ServerMachine, ServerObserver } from '../world/server-machine.ts';
import type { StreamRecord } from '../world/stream-record.ts';
import type { VirtualTime } from '../world/virtual-time.ts';
import { Digest } from './digest.ts';
import type { RunCounts } from './outcome.ts';
import { Publications } from './publications.ts';
import type { Publication, Scenario } from './scenario.ts';

/** What is noted, and its number in the digest. */
const kinds = {
  called: 1,
  answered: 2,
  requested: 3,
  subscribed: 4,
  left: 5,
  blocked: 6,
  unblocked: 7,
  'server over': 8,
  over: 9,
  given: 10,
  reset: 11,
  state: 12,
  fault: 13,
};
const states = ['connecting', 'open', 'waiting', 'closed'];

/** What a checker broke off with. */
export interface Accusation {
  readonly checker: string;
  readonly message: string;
  readonly atMs: number;
}

type Told = { [Name in keyof Checker]-?: NonNullable<Checker[Name]>[] };

/** Writes down what happens, and tells the checkers. */
export class Chronicle implements NetworkObserver, ServerObserver, ClientObserver, Observed {
  readonly scenario: Scenario;
  readonly publications: Publications = new Publications();
  readonly clients: Map<number, ClientMachine> = new Map();
  readonly blocked: Set<StreamRecord> = new Set();
  readonly digest: Digest = new Digest();
  server!: ServerMachine;
  accusation: Accusation | undefined;
  readonly #time: VirtualTime;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #told: Told;
  /** The number of the event that each client got last. */
  readonly #lastGiven = new Map<number, number>();
  #delivered = 0;
  #requests = 0;
  #resets = 0;
  #dropped = 0;

  constructor(scenario: Scenario, time: VirtualTime, checkers: Checkers, trace?: (line: string) => void) {
    this.scenario = scenario;
    this.#time = time;
    this.#trace = trace;
    const made = Object.entries(checkers).map(([checker, make]) =>
      make(this, (message) => {
        this.accusation ??= { checker, message, atMs: time.nowMs };
      }),
    );
    const of = <Name extends keyof Checker>(name: Name): Told[Name] => made.flatMap((one) => one[name] ?? []) as never;
    this.#told = {
      requested: of('requested'),
      subscribed: of('subscribed'),
      left: of('left'),
      taken: of('taken'),
      unblocked: of('unblocked'),
      serverOver: of('serverOver'),
      over: of('over'),
      received: of('received'),
      skipped: of('skipped'),
      reset: of('reset'),
      state: of('state'),
      settled: of('settled'),
      finished: of('finished'),
    };
  }

  get nowMs(): number {
    return this.#time.nowMs;
  }

  get counts(): RunCounts {
    return {
      simulatedMs: this.#time.nowMs,
      published: this.publications.list.length,
      acknowledged: this.publications.acknowledgedCount,
      delivered: this.#delivered,
      dropped: this.#dropped,
      requests: this.#requests,
      resets: this.#resets,
    };
  }

  get handedOut(): number {
    return this.#loggedBy(this.#time.nowMs - 1 - (this.scenario.server.flushMs ?? 0));
  }

  /** The publisher calls the server. @returns the number of the event */
  called(publication: Publication): number {
    const number = this.publications.call(publication, this.server.life, this.#time.nowMs);
    this.#note('called', number, 0);
    return number;
  }

  /** @param id undefined where the server did not acknowledge the event */
  answered(number: number, id: string | undefined): void {
    if (this.publications.list[number]?.state !== 'pending') return;
    this.#note('answered', number, id === undefined ? 0 : 1);
    if (id === undefined) this.publications.refuse(number);
    else this.publications.acknowledge(number, id);
  }

  /** The process is gone: what it has not answered yet it never will. */
  crashed(): void {
    for (const number of this.publications.pending) this.answered(number, undefined);
  }

  fault(number: number, words: string): void {
    this.#note('fault', number, 0, words);
  }

  requested(stream: StreamRecord): void {
    this.#requests += 1;
    this.#note('requested', stream.client, stream.number, stream.lastEventId);
    for (const tell of this.#told.requested) tell(stream);
    const client = this.clients.get(stream.client);
    if (client !== undefined) client.connection = stream;
  }

  subscribed(stream: StreamRecord): void {
    const { publications } = this;
    stream.publishedBefore = publications.list.length;
    stream.acknowledgedBefore = publications.acknowledgedCount;
    stream.loggedAtTake = this.#loggedBy(this.#time.nowMs);
    stream.lastTakenAtMs = this.#time.nowMs;
    stream.drainedAtMs = this.#time.nowMs;
    stream.resumedFrom = stream.lastEventId === '' ? undefined : this.#lastGiven.get(stream.client);
    stream.cursor = stream.resumedFrom;
    this.#note('subscribed', stream.client, stream.number);
    for (const tell of this.#told.subscribed) tell(stream);
  }

  left(stream: StreamRecord): void {
    this.#dropped += stream.subscriber?.droppedEvents ?? 0;
    this.#note('left', stream.client, stream.number, stream.leftBecause);
    for (const tell of this.#told.left) tell(stream);
  }

  taken(stream: StreamRecord, bytes: Uint8Array): void {
    for (const tell of this.#told.taken) tell(stream, bytes);
    // These were waited for since an earlier instant.
    if (stream.blockedSinceMs === undefined && stream.lastTakenAtMs < this.#time.nowMs) {
      stream.drainedAtMs = this.#time.nowMs;
    }
    stream.lastTakenAtMs = this.#time.nowMs;
    stream.loggedAtTake = this.#loggedBy(this.#time.nowMs);
  }

  heldBack(stream: StreamRecord): void {
    stream.blockedSinceMs = this.#time.nowMs;
    stream.wasBlocked = true;
    this.blocked.add(stream);
    this.#note('blocked', stream.client, stream.number);
  }

  unblocked(stream: StreamRecord): void {
    for (const tell of this.#told.unblocked) tell(stream);
    stream.blockedSinceMs = undefined;
    stream.lastTakenAtMs = this.#time.nowMs;
    stream.unblocks.push({ behind: this.handedOut, before: this.#loggedBy(this.#time.nowMs) });
    this.blocked.delete(stream);
    this.#note('unblocked', stream.client, stream.number);
  }

  serverOver(stream: StreamRecord): void {
    this.blocked.delete(stream);
    this.#note('server over', stream.client, stream.number);
    for (const tell of this.#told.serverOver) tell(stream);
  }

  over(stream: StreamRecord): void {
    this.#note('over', stream.client, stream.number);
    for (const tell of this.#told.over) tell(stream);
  }

  given(client: ClientMachine, message: StreamMessage): void {
    const stream = client.connection;
    if (stream === undefined) return;
    this.#delivered += 1;
    if (message.type === 'reset') {
      this.#resets += 1;
      this.#note('reset', stream.client, stream.number);
      for (const tell of this.#told.reset) tell(stream);
      stream.resets += 1;
      stream.cursor = undefined;
      return;
    }
    const { publications } = this;
    const number = publications.numberIn(message.data);
    if (number === undefined) {
      this.accusation ??= {
        checker: 'events-whole',
        message: `client ${stream.client} got data that nobody published: ${message.data.slice(0, 100)}`,
        atMs: this.#time.nowMs,
      };
      return;
    }
    this.#note('given', stream.client, number);
    const next = stream.cursor === undefined ? stream.publishedBefore : stream.cursor + 1;
    for (let passed = next; passed < number; passed += 1) this.#passedOver(stream, passed);
    for (const tell of this.#told.received) tell(stream, number, message);
    this.#lastGiven.set(stream.client, number);
    stream.cursor = number;
  }

  state(client: ClientMachine, state: StreamState): void {
    if (state.name === 'open' && client.connection !== undefined) client.connection.wasAccepted = true;
    this.#note('state', client.plan.number, states.indexOf(state.name), state.name);
    for (const tell of this.#told.state) tell(client, state);
  }

  /** All that one instant has set off is over. */
  settled(): void {
    for (const stream of this.blocked) if (stream.serverOver) this.blocked.delete(stream);
    for (const tell of this.#told.settled) tell();
  }

  finished(stopped: boolean): void {
    for (const tell of this.#told.finished) tell(stopped);
  }

  /** Publications that are in the log by a time, or would be if all went well. */
  #loggedBy(timeMs: number): number {
    const { log, diskMs } = this.scenario.server;
    return this.publications.calledBy(timeMs - (log === 'disk' ? 2 * diskMs : 0));
  }

  /** What a stream began anew may leave out is what the log had forgotten. */
  #passedOver(stream: StreamRecord, number: number): void {
    if (this.publications.list[number]?.state !== 'acknowledged') return;
    const { log, replayEvents, replayBytes } = this.scenario.server;
    const forgotten =
      stream.resets > 0 &&
      log === 'memory' &&
      !this.publications.isHeld(number, stream.life ?? 0, replayEvents, replayBytes);
    if (forgotten) return;
    for (const tell of this.#told.skipped) tell(stream, number);
  }

  #note(kind: keyof typeof kinds, subject: number, detail: number, words = ''): void {
    this.digest.add(this.#time.nowMs, kinds[kind], subject, detail);
    this.#trace?.(`${(this.#time.nowMs / 1000).toFixed(3)} ${kind} ${subject} ${detail} ${words}`);
  }
}
