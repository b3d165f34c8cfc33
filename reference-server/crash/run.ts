import { join } from 'node:path';
import { type Clock, type Random, sleep } from '@ssert/protocol';
import { type Backing, freePort } from './backing.ts';
import { Consumer } from './consumer.ts';
import { KillableChild } from './killable-child.ts';
import { Publisher } from './publisher.ts';
import type { Record } from './verdict.ts';

const publishers = 4;
const consumers = 4;
/** Answers that a round waits for before it kills. */
const maxAnswers = 300;
/** Time after which a run that does not get on is given up. */
const patienceMs = 60_000;
/** So few that most resumptions read from the store. */
const replayEvents = 50;

const commandLine = join(import.meta.dirname, '../../cli/src/main.ts');

export interface Progress extends Record {
  rounds: number;
  serverKills: number;
  backingKills: number;
  readonly resumes: number;
  readonly resets: number;
}

/** Servers that are killed and restarted while others publish and read. */
export class CrashRun {
  readonly #backing: Backing;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #signal: AbortSignal;
  readonly #fail: (error: Error) => void;
  readonly #ports: number[] = [];
  readonly #servers: KillableChild[] = [];
  readonly #publishers: Publisher[] = [];
  readonly #consumers: Consumer[] = [];
  #rounds = 0;
  #serverKills = 0;
  #backingKills = 0;

  /**
   * @param signal ends the run where it is
   * @param fail called with what no round expects, such as a server that ends by itself
   */
  constructor(parts: {
    backing: Backing;
    clock: Clock;
    random: Random;
    signal: AbortSignal;
    fail: (error: Error) => void;
  }) {
    this.#backing = parts.backing;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#signal = parts.signal;
    this.#fail = parts.fail;
  }

  get progress(): Progress {
    return {
      rounds: this.#rounds,
      serverKills: this.#serverKills,
      backingKills: this.#backingKills,
      acknowledged: new Map(this.#publishers.flatMap(({ acknowledged }) => [...acknowledged])),
      unanswered: new Set(this.#publishers.flatMap(({ unanswered }) => [...unanswered])),
      received: new Map(this.#consumers.map(({ name, received }) => [name, received])),
      resumes: this.#consumers.reduce((sum, { resumes }) => sum + resumes, 0),
      resets: this.#consumers.reduce((sum, { resets }) => sum + resets, 0),
    };
  }

  /** Kills as many times as there are rounds, and then waits until every consumer has all there is. */
  async play(rounds: number, onRound: () => void): Promise<void> {
    const stopping = new AbortController();
    const stopReading = AbortSignal.any([this.#signal, stopping.signal]);
    try {
      await this.#startAll();
      const begun = await this.#begin(stopReading);
      const publishing = new AbortController();
      const stopPublishing = AbortSignal.any([this.#signal, publishing.signal]);
      const busy = this.#publishers.slice(1).map((publisher) => publisher.publishUntil(stopPublishing));
      for (let round = 0; round < rounds && !this.#signal.aborted; round += 1) {
        await this.#playRound(round);
        this.#rounds += 1;
        onRound();
      }
      publishing.abort();
      await Promise.all(busy);
      await this.#catchUp(begun, stopReading);
    } finally {
      stopping.abort();
      await Promise.all(this.#servers.map((server) => server.kill()));
    }
  }

  /** Nobody can resume who has seen nothing, so the first event comes before the first kill. @returns its id */
  async #begin(stopReading: AbortSignal): Promise<string> {
    for (let number = 0; number < consumers; number += 1) {
      this.#join(
        new Consumer(`c${number + 1}`, { ports: this.#ports, clock: this.#clock, first: number }),
        stopReading,
      );
    }
    for (let number = 0; number <= publishers; number += 1) {
      this.#publishers.push(new Publisher(`p${number}`, this.#ports, this.#clock));
    }
    // A stream that was opened later than this event has not got it, and gets the next.
    await this.#until('every consumer has an event', async () => {
      await this.#first.publishOne(this.#signal);
      return this.#consumers.every(({ received }) => received.length > 0);
    });
    const id = await this.#publishToAll();
    for (const consumer of this.#consumers) consumer.forget();
    this.#first.acknowledged.clear();
    return id;
  }

  async #playRound(round: number): Promise<void> {
    const back = Promise.withResolvers<void>();
    try {
      await this.#crash(round, back.promise);
    } finally {
      back.resolve();
    }
  }

  async #crash(round: number, back: Promise<void>): Promise<void> {
    const victim = this.#below(this.#ports.length);
    const wanderer = this.#consumers[this.#below(consumers)];
    // Some stay away over the crash, and come back to a log that is far ahead.
    if (round % 3 === 0) wanderer?.leaveUntil(back);
    const answersBefore = this.#answers;
    const wanted = 1 + this.#below(maxAnswers);
    await this.#until(`${wanted} answers`, async () => this.#answers - answersBefore >= wanted);
    await sleep(this.#clock, this.#random.next() * 10, this.#signal);
    await this.#kill(victim);
    if (this.#backing.restart !== undefined && this.#random.next() < 0.3) {
      this.#backingKills += 1;
      await this.#backing.restart();
    }
    // Some die again while they start.
    if (this.#random.next() < 0.1) {
      this.#start(victim);
      await sleep(this.#clock, this.#random.next() * 1500, this.#signal);
      await this.#kill(victim);
    }
    this.#start(victim);
    await this.#servers[victim]?.says('The reference server is at');
  }

  /** A last event behind all others, and one more consumer that reads the whole log at once. */
  async #catchUp(begun: string, stopReading: AbortSignal): Promise<void> {
    const parts = { ports: this.#ports, clock: this.#clock, first: 0, lastEventId: begun };
    this.#join(new Consumer('late', parts), stopReading);
    await this.#publishToAll();
  }

  /** An event that is acknowledged, and that every consumer has. @returns its id */
  async #publishToAll(): Promise<string> {
    const { acknowledged } = this.#first;
    const before = acknowledged.size;
    await this.#until('one more event is acknowledged', async () => {
      await this.#first.publishOne(this.#signal);
      return acknowledged.size > before;
    });
    const [key = '', id = ''] = [...acknowledged].at(-1) ?? [];
    await this.#until('every consumer has the last event', async () => this.#consumers.every((one) => one.has(key)));
    return id;
  }

  get #first(): Publisher {
    return this.#publishers[0] as Publisher;
  }

  get #answers(): number {
    return this.#publishers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  async #startAll(): Promise<void> {
    await this.#backing.start();
    for (let server = 0; server < this.#backing.servers; server += 1) {
      this.#ports.push(await freePort(this.#random));
      this.#start(server);
      await this.#servers[server]?.says('The reference server is at');
    }
  }

  #start(server: number): void {
    const flags = Object.entries({
      port: this.#ports[server],
      store: this.#backing.setting,
      'replay-events': replayEvents,
      // What is tested is that nothing is lost between the streams, not to a slow one.
      'queue-events': 100_000,
      'store-events': 100_000_000,
      'log-level': 'error',
    }).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    const node = [process.execPath, '--conditions=@ssert/source', '--disable-warning=ExperimentalWarning'];
    const command = [...node, commandLine, 'serve', '--events', ...flags];
    this.#servers[server] = new KillableChild(`server ${server + 1}`, command, this.#fail);
  }

  async #kill(server: number): Promise<void> {
    this.#serverKills += 1;
    await this.#servers[server]?.kill();
  }

  #join(consumer: Consumer, stopReading: AbortSignal): void {
    this.#consumers.push(consumer);
    consumer.readUntil(stopReading).catch(this.#fail);
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const startedMs = this.#clock.now();
    while (!this.#signal.aborted && !(await isSo())) {
      if (this.#clock.now() - startedMs > patienceMs) throw new Error(`waited ${patienceMs / 1000} s until ${what}`);
      await sleep(this.#clock, 2, this.#signal);
    }
  }
}
