import type { FreshServer, RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { type Course, courseOfMemory, largestHeapGrowth } from '../growth.ts';
import { kib, mib } from '../units.ts';
import { acceptedSize, inMib, publishVolume } from '../volume.ts';

export const boundedReplay: Rule = {
  id: 'reconnect/bounded-replay',
  code: 'SR-14',
  level: 'MUST',
  title: 'Replay storage is bounded',
  statement: 'Events that are published with nobody connected do not grow the process without limit.',
  spec: [cwe(400), cwe(770)],
  access: ['publish', 'process'],
  phase: 'process',
  budgetMs: () => 300_000,
  judge: async (context) => {
    const { replay } = context.target;
    const history = replay ?? undeclaredHistory;
    const { mostEvents } = sizes[context.effort.name];
    if (history > mostEvents) {
      throw new Undecided(`a history of ${history} events takes longer to fill than this run is to last`);
    }
    // Where plain events do not come through, nothing is stored either.
    void context.carriage;
    const server = await context.startFresh();
    const storage = await Storage.open(context, server, history);
    await storage.fill();
    const isDone = (): boolean => {
      const course = storage.course();
      return course === 'level' || (course === 'steady' && storage.events >= 10 * history);
    };
    do await storage.block();
    while (!isDone() && !storage.isEnough && !context.signal.aborted);
    const detail = { evidence: { observed: storage.observed() } };
    switch (storage.course()) {
      case 'level':
        return pass(`${storage.told()}: it levelled off`, detail);
      case 'steady':
        if (replay !== undefined && storage.events >= 10 * history) {
          return fail(
            `${storage.told()}, with a history of ${replay} events promised and no end of it in sight`,
            detail,
          );
        }
        return inconclusive(
          `${storage.told()}; whether it ends does not show${replay ? '' : ': give --replay N'}`,
          detail,
        );
      case 'open':
        return inconclusive(`${storage.told()}; whether that levels off does not show yet`, detail);
    }
  },
};

/** Events that a server may keep which tells no number. */
const undeclaredHistory = 1000;

/** Events that the history may hold at most, what it takes when full, and what is published from one look to the next. */
const sizes = {
  quick: { mostEvents: 3000, filledBytes: 32 * mib, blockBytes: 8 * mib },
  default: { mostEvents: 60_000, filledBytes: 64 * mib, blockBytes: 16 * mib },
  thorough: { mostEvents: 200_000, filledBytes: 64 * mib, blockBytes: 32 * mib },
} as const;

/** What a process holds while events are published that nobody reads. */
class Storage {
  readonly #context: RuleContext;
  readonly #server: FreshServer;
  readonly #history: number;
  readonly #eventBytes: number;
  readonly #blockBytes: number;
  readonly #residentBytes: number[] = [];
  #before = 0;
  events = 0;

  private constructor(context: RuleContext, server: FreshServer, history: number, eventBytes: number) {
    this.#context = context;
    this.#server = server;
    this.#history = history;
    this.#eventBytes = eventBytes;
    this.#blockBytes = sizes[context.effort.name].blockBytes;
  }

  /** Chooses events that are so large that the whole history takes `filledBytes` at most. */
  static async open(context: RuleContext, server: FreshServer, history: number): Promise<Storage> {
    const wanted = Math.max(
      kib,
      Math.min(64 * kib, Math.floor(sizes[context.effort.name].filledBytes / Math.max(1, history))),
    );
    return new Storage(context, server, history, await acceptedSize(context, server, wanted));
  }

  /** Publishes as many events as the history holds and some more. */
  async fill(): Promise<void> {
    this.#before = await this.#settled();
    await this.#publish(1.05 * this.#history * this.#eventBytes);
    this.#residentBytes.push(await this.#settled());
  }

  async block(): Promise<void> {
    await this.#publish(this.#blockBytes);
    this.#residentBytes.push(await this.#settled());
    this.#context.progress(this.told());
  }

  /** Whether what would grow without limit had grown beyond doubt by now. */
  get isEnough(): boolean {
    return this.events > 12 * this.#history && this.events * this.#eventBytes > 1.25 * largestHeapGrowth;
  }

  /** Level: a quarter of what is published stays at most. */
  course(): Course {
    return courseOfMemory(this.#residentBytes, this.#blockBytes / 4);
  }

  told(): string {
    const full = this.#residentBytes[0] ?? this.#before;
    const last = this.#residentBytes.at(-1) ?? full;
    const beyond = (this.#residentBytes.length - 1) * this.#blockBytes;
    return `${inMib(this.events * this.#eventBytes)} MiB in ${this.events} events with nobody connected: memory ${inMib(this.#before)} MiB at first, ${inMib(full)} MiB with ${Math.ceil(1.05 * this.#history)} events, ${inMib(last)} MiB with ${inMib(beyond)} MiB more`;
  }

  observed(): Readonly<Record<string, number | readonly number[]>> {
    return {
      historyEvents: this.#history,
      eventBytes: this.#eventBytes,
      events: this.events,
      residentMibAtFirst: inMib(this.#before),
      blockMib: inMib(this.#blockBytes),
      residentMibBehindEachBlock: this.#residentBytes.map(inMib),
    };
  }

  async #publish(bytes: number): Promise<void> {
    const published = await publishVolume(this.#context, this.#server, bytes, this.#eventBytes);
    this.events += Math.round(published / this.#eventBytes);
  }

  /** The lowest of a few readings: what a moment's work takes is given back. */
  async #settled(): Promise<number> {
    const readings: number[] = [];
    while (readings.length < 4 && !this.#context.signal.aborted) {
      await this.#context.sleep(25);
      readings.push((await this.#server.vitals()).residentBytes);
    }
    return Math.min(...readings);
  }
}
