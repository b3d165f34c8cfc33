import type { Publish } from '../access/publisher.ts';
import type { RuleContext, SendOptions } from '../context.ts';
import { excuses } from '../harness-load.ts';
import { patienceMs } from '../rules/numbered-events.ts';
import { Undecided } from '../undecided.ts';
import type { Client, Command } from './command.ts';
import type { Counting } from './counting.ts';
import type { EventLog } from './event-log.ts';
import type { CountReading, History, StreamRecord } from './history.ts';
import { missingOn } from './invariants/no-gap.ts';
import { missingAtTheSeam } from './invariants/resumes-after-id.ts';
import { ModelStream } from './stream.ts';
import type { Wiretap } from './wiretap.ts';

/** What a history is played on: a server, and what may be done to it. */
export interface Stage {
  readonly context: RuleContext;
  readonly log: EventLog;
  /** Undefined where the target gives no way to. */
  readonly publish: Publish | undefined;
  /** The server that is asked now, where it is not the run's own. */
  readonly server?: () => SendOptions['server'];
  /** How streams are counted; undefined where the count is not judged. */
  readonly counting?: Counting;
  /** Called before each history. */
  readonly begin?: () => Promise<void>;
  /** Ends the server and starts it again on the same data; undefined where that cannot be done. */
  readonly restart?: () => Promise<void>;
  /** A fresh stream begins with events from before: initial data. Learned on the way. */
  greets: boolean;
}

export interface PlayOptions {
  /** `brisk` gives up early: for the many tries of a search that knows already that something is wrong. */
  readonly pace: 'careful' | 'brisk';
  /** Listens in on every connection. */
  readonly wiretap?: Wiretap | undefined;
}

/** Carries out commands on a server and records what happened. Nothing of it stays open. */
export async function play(stage: Stage, commands: readonly Command[], options: PlayOptions): Promise<History> {
  await stage.begin?.();
  const player = new Player(stage, options);
  try {
    return await player.play(commands);
  } finally {
    player.release();
  }
}

class Player {
  readonly #stage: Stage;
  readonly #context: RuleContext;
  readonly #options: PlayOptions;
  readonly #streams: ModelStream[] = [];
  /** The stream that each client has or had last. */
  readonly #latest = new Map<Client, ModelStream>();
  readonly #done: Command[] = [];
  readonly #epochs: number[] = [];
  /** What is published beside the commands; gives why that failed, if it did. */
  #meanwhile: Promise<unknown> = Promise.resolve();

  constructor(stage: Stage, options: PlayOptions) {
    this.#stage = stage;
    this.#context = stage.context;
    this.#options = options;
  }

  async play(commands: readonly Command[]): Promise<History> {
    for (const command of commands) {
      if (this.#context.signal.aborted) throw new Undecided('there was no time for the whole history');
      const done = await this.#carryOut(command);
      if (done) this.#done.push(done === true ? command : done);
    }
    await this.#allPublished();
    for (const stream of this.#streams) if (stream.open) this.#read(stream);
    await this.#open('fresh');
    if (this.#stage.publish) await this.#lastEvents(this.#stage.publish);
    const streams = this.#records();
    const newest = this.#stage.publish ? this.#stage.log.begun : 0;
    return { commands: this.#done, streams, newest, counts: await this.#countTwice(), epochs: this.#epochs };
  }

  release(): void {
    for (const stream of this.#streams) stream.close('fin');
  }

  /** @returns whether the command fitted the moment, or what was done in its place */
  async #carryOut(command: Command): Promise<boolean | Command> {
    switch (command.do) {
      case 'wait':
        await this.#context.sleep(command.ms);
        return true;
      case 'publish':
        return this.#publish(command.events, command.kib);
      case 'burst':
        return this.#beginBurst(command.events);
      case 'trickle':
        return this.#beginTrickle(command.events);
      case 'restart':
        return this.#restart();
      case 'abort':
        return this.#abort();
      case 'connect':
        if (this.#latest.get(command.client)?.open) return false;
        return (await this.#open(command.client, command.back)) || { do: 'connect', client: command.client };
      case 'close':
      case 'stall':
      case 'resume': {
        const stream = this.#latest.get(command.client);
        if (!stream?.open) return false;
        if (command.do === 'close') stream.close(command.how);
        else if (stream.stalled === (command.do === 'stall')) return false;
        else if (command.do === 'stall') stall(stream);
        else this.#read(stream);
        return true;
      }
    }
  }

  /** @returns whether it was opened as asked: without an event that has an id there is nothing to resume after */
  async #open(client: Client | 'fresh', back?: number): Promise<boolean> {
    const { log, server } = this.#stage;
    const before = client === 'fresh' ? undefined : this.#latest.get(client);
    const held =
      client === 'fresh' ? [] : this.#streams.filter((one) => one.client === client).flatMap((one) => one.held);
    const from = back === undefined ? undefined : (held.at(-1 - back) ?? held[0]);
    const asked = server?.();
    const exchange = this.#context.send({
      ...(from ? { headers: { 'Last-Event-ID': from.id } } : {}),
      ...(asked ? { server: asked } : {}),
      keepBodyBytes: 4096,
    });
    const turn = (before?.turn ?? 0) + 1;
    const stream = new ModelStream(client, turn, exchange, log, from?.number);
    this.#options.wiretap?.listen(client === 'fresh' ? 'fresh' : `${client}${turn}`, exchange);
    this.#streams.push(stream);
    if (client !== 'fresh') this.#latest.set(client, stream);
    await this.#context.headsOf([exchange], asked);
    stream.opened();
    if (!exchange.head) throw new Undecided('a subscription got no header block in time');
    if (client === 'fresh' && !exchange.isEventStream) {
      throw new Undecided(`a fresh subscription got status ${exchange.head.status}`);
    }
    return back === undefined || from !== undefined;
  }

  /** Nothing of it is judged but what it does to others. */
  async #abort(): Promise<boolean> {
    const asked = this.#stage.server?.();
    const exchange = this.#context.send({ ...(asked ? { server: asked } : {}) });
    // So that the request is on its way.
    await this.#context.sleep(1);
    exchange.close('reset');
    return true;
  }

  #read(stream: ModelStream): void {
    stream.stalled = false;
    stream.exchange.resume();
  }

  async #publish(events: number, kib: number | undefined): Promise<boolean> {
    const { publish } = this.#stage;
    if (!publish) return false;
    await this.#allPublished();
    for (let left = events; left > 0; left -= 1) {
      await this.#paceTo(this.#context.bounds.window - 1);
      await this.#publishOne(publish, kib);
    }
    return true;
  }

  async #beginBurst(events: number): Promise<boolean> {
    const { publish } = this.#stage;
    if (!publish) return false;
    await this.#allPublished();
    await this.#paceTo(0);
    return this.#goOn(async () => {
      for (let left = events; left > 0; left -= 1) await this.#publishOne(publish);
    });
  }

  async #beginTrickle(events: number): Promise<boolean> {
    const { publish } = this.#stage;
    if (!publish) return false;
    await this.#allPublished();
    return this.#goOn(async () => {
      for (let left = events; left > 0; left -= 1) {
        await this.#paceTo(this.#context.bounds.window - 1);
        await this.#publishOne(publish);
        await this.#context.sleep(2);
      }
    });
  }

  /** Lets something go on beside the commands; a failure is told of where it is waited for. */
  #goOn(work: () => Promise<void>): true {
    this.#meanwhile = work().catch((error: unknown) => error);
    return true;
  }

  async #allPublished(): Promise<void> {
    const problem = await this.#meanwhile;
    if (problem !== undefined) throw problem;
  }

  async #publishOne(publish: Publish, kib?: number): Promise<void> {
    const published = this.#stage.log.publish(publish, kib);
    for (const stream of this.#streams) if (!stream.over) stream.noteUnderWay(this.#context.bounds.window);
    await published;
  }

  /**
   * Waits until no reader has more events under way to it. Who is stalled is not waited for, and who had the time for
   * them has shown that they are not under way any more.
   */
  async #paceTo(underWay: number): Promise<void> {
    await Promise.all(
      this.#streams.map(async (stream) => {
        if (stream.stalled || stream.slow || stream.over) return;
        const caughtUp = () => (stream.underWay <= underWay || stream.over ? true : undefined);
        if (!(await stream.exchange.until(caughtUp, this.#context.bounds.event))) stream.hadTime();
      }),
    );
  }

  async #restart(): Promise<boolean> {
    const { restart, log } = this.#stage;
    if (!restart) throw new Undecided('this rule restarts no server: take {"do":"restart"} out of the replay file');
    await this.#allPublished();
    await restart();
    this.#epochs.push(log.begun + 1);
    return true;
  }

  /** Publishes until the newest event is on every open stream: the first may be lost where one is registered late. */
  async #lastEvents(publish: Publish): Promise<void> {
    const { bounds, load, clock, signal } = this.#context;
    const isBrisk = this.#options.pace === 'brisk';
    const onceMs = Math.max(500, bounds.event * 2) * (isBrisk ? 0.4 : 1);
    let sinceMs = load.mark();
    let all = false;
    for (let attempt = 0; attempt < 4 && !all; attempt += 1) {
      await this.#paceTo(this.#context.bounds.window - 1);
      sinceMs = load.mark();
      await this.#publishOne(publish);
      all = await this.#newestIsThere(onceMs);
    }
    // Late is not lost, and on a busy machine all are late.
    const boundMs = isBrisk ? onceMs : patienceMs(this.#context);
    for (let tookMs = clock.now() - sinceMs; !all && !signal.aborted; tookMs = clock.now() - sinceMs) {
      if (tookMs >= boundMs && !excuses(load.since(sinceMs), { boundMs, tookMs, heavy: true })) break;
      all = await this.#newestIsThere(onceMs);
    }
    // Behind a later event is late, not lost.
    const complete = (): true | undefined =>
      this.#records().every((record) => missingOn(record).length + missingAtTheSeam(record).length === 0)
        ? true
        : undefined;
    const fresh = this.#streams.at(-1);
    if (!complete()) await fresh?.exchange.until(complete, bounds.event);
  }

  /** Whether the newest event is on every open stream, or comes within that time. */
  async #newestIsThere(timeoutMs: number): Promise<boolean> {
    const { begun } = this.#stage.log;
    const have = this.#streams.map((stream) =>
      stream.exchange.until(() => (!stream.open || stream.received.includes(begun) ? true : undefined), timeoutMs),
    );
    return (await Promise.all(have)).every((one) => one !== undefined);
  }

  async #countTwice(): Promise<CountReading[]> {
    const { counting, publish } = this.#stage;
    // Of who fell silent nobody can tell when the server notices.
    const silent = this.#done.some((command) => command.do === 'close' && command.how === 'silence');
    if (!counting || silent) return [];
    const write = publish && (() => this.#publishOne(publish));
    const open = this.#streams.filter((stream) => stream.open).length;
    const { pace } = this.#options;
    const first = await counting.settle('with streams open', open, pace, write);
    if (first.above !== first.open) return [first];
    for (const stream of this.#streams) stream.close('fin');
    // Most servers have noticed by then, so that the first look finds it right.
    await this.#context.sleep(2);
    return [first, await counting.settle('after all had left', 0, pace, write)];
  }

  #records(): StreamRecord[] {
    return this.#streams.map((stream) => stream.record(this.#promiseOf(stream)));
  }

  #promiseOf({ resumedAfter, newestAtHead, greeted }: ModelStream): StreamRecord['promise'] {
    const { context, log } = this.#stage;
    if (resumedAfter === undefined) {
      if (greeted) this.#stage.greets = true;
      return this.#stage.greets ? 'live' : 'gapless';
    }
    const { profiles, replay } = context.target;
    const reach = (replay ?? 10) - 1;
    const sameLife = !this.#epochs.some((epoch) => resumedAfter < epoch);
    const others = new Set(this.#streams.flatMap(({ idsOfOthers }) => [...idsOfOthers])).size;
    const kept = newestAtHead - resumedAfter + others <= reach && log.newestLarge <= resumedAfter;
    return profiles.has('resumable') && sameLife && kept ? 'exact' : 'live';
  }
}

function stall(stream: ModelStream): void {
  stream.stalled = true;
  stream.exchange.stall();
}
