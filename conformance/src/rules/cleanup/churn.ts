import type { Vitals } from '../../access/proc.ts';
import type { RuleContext, WatchedServer } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { courseOfCount, courseOfMemory, largestHeapGrowth } from '../growth.ts';
import { kib, mib } from '../units.ts';
import { inMib } from '../volume.ts';

export const churnLevelsOff: Rule = {
  id: 'cleanup/churn-levels-off',
  code: 'SC-06',
  level: 'MUST',
  title: 'Churn does not grow the process',
  statement: 'However many clients come and leave, the memory, open files and threads of the process level off.',
  spec: [cwe(401), cwe(772)],
  access: ['process'],
  onlyWatches: true,
  phase: 'process',
  budgetMs: ({ bounds }) => 240_000 + bounds['idle-hard'],
  judge: async (context) => {
    const server = await context.watched();
    const churn = new Churn(context, server);
    const { blocks, perBlock, most } = sizes[context.effort.name];
    await churn.visit(perBlock);
    await churn.read();
    const done = (): boolean => {
      if (churn.leaks().length > 0) return true;
      if (churn.readings.length <= blocks) return false;
      return !churn.isDoubtful() || churn.visits >= most;
    };
    while (!done() && !context.signal.aborted) {
      await churn.visit(perBlock);
      await churn.read();
      context.progress(churn.told());
    }
    return judgeChurn(context, churn);
  },
};

/** Visits in each block, blocks at least, and visits at most where the course is not clear. */
const sizes = {
  quick: { blocks: 5, perBlock: 120, most: 6000 },
  default: { blocks: 5, perBlock: 1000, most: 30_000 },
  thorough: { blocks: 10, perBlock: 2000, most: 100_000 },
} as const;

/** Growth that needs no second look, in bytes: less than a collector's heap takes before it is first cleaned up. */
const unremarkable = 64 * mib;

/** Visits to one server, and what its process was like after each block of them. */
class Churn {
  readonly readings: Vitals[] = [];
  readonly #context: RuleContext;
  readonly #server: WatchedServer;
  visits = 0;
  perBlock = 0;

  constructor(context: RuleContext, server: WatchedServer) {
    this.#context = context;
    this.#server = server;
  }

  /** Clients open a stream and leave, twenty at once. @throws Undecided where they get none */
  async visit(count: number): Promise<void> {
    this.perBlock = count;
    for (let come = 0; come < count && !this.#context.signal.aborted; come += 20) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const exchange = this.#context.send({ server: this.#server, observed: false, keepBodyBytes: 0 });
          await this.#context.headsOf([exchange], this.#server);
          exchange.close(n % 2 === 0 ? 'fin' : 'reset');
          if (exchange.isEventStream) return;
          const status = exchange.head ? `status ${exchange.head.status}` : 'no answer';
          throw new Undecided(`after ${this.visits} visits a subscription got ${status}; ${this.told()}`);
        }),
      );
      this.visits += 20;
    }
  }

  /** Looks at the process once it has let go of the visitors, or should have. */
  async read(): Promise<void> {
    const { bounds, clock } = this.#context;
    await this.#write();
    const [first] = this.readings;
    const untilMs = clock.now() + bounds.gone;
    let now = await this.#vitals();
    while (first && now.descriptors > first.descriptors + 2 && clock.now() < untilMs && !this.#context.signal.aborted) {
      await this.#context.sleep(20);
      now = await this.#vitals();
    }
    if (!first) now = await this.#calm(now);
    this.readings.push(now);
  }

  /** Waits for heartbeats, at which a server may notice at last that clients have left. */
  async readLate(): Promise<void> {
    const { bounds, clock, effort } = this.#context;
    const untilMs = clock.now() + Math.min(1.1 * bounds['idle-hard'], effort.watchMs);
    const first = this.readings[0]?.descriptors ?? 0;
    let now = await this.#vitals();
    while (now.descriptors > first + 8 && clock.now() < untilMs && !this.#context.signal.aborted) {
      await this.#context.sleep(250);
      now = await this.#vitals();
    }
    this.readings.push(now);
  }

  /** What rises with the visits, in words. */
  leaks(): string[] {
    const leaking: string[] = [];
    if (courseOfCount(this.#of('descriptors'), this.perBlock) === 'steady') leaking.push('open files');
    if (courseOfCount(this.#of('threads'), this.perBlock) === 'steady') leaking.push('threads');
    if (courseOfMemory(this.#of('residentBytes'), this.perBlock * slackBytes) === 'steady') leaking.push('memory');
    return leaking;
  }

  /** Whether more visits might show what is not clear yet. */
  isDoubtful(): boolean {
    const counts = [this.#of('descriptors'), this.#of('threads')];
    if (counts.some((count) => courseOfCount(count, this.perBlock) === 'open')) return true;
    return this.growth('residentBytes') > unremarkable && !this.isMemoryLevel();
  }

  isMemoryLevel(): boolean {
    return courseOfMemory(this.#of('residentBytes'), this.perBlock * slackBytes) === 'level';
  }

  growth(what: keyof Vitals): number {
    return (this.readings.at(-1)?.[what] ?? 0) - (this.readings[0]?.[what] ?? 0);
  }

  /** The figures in words. */
  told(): string {
    const [first] = this.readings;
    const last = this.readings.at(-1);
    if (!first || !last) return 'nothing is measured yet';
    return `${this.visits} visits: open files ${first.descriptors} to ${last.descriptors}, threads ${first.threads} to ${last.threads}, memory ${inMib(first.residentBytes)} to ${inMib(last.residentBytes)} MiB`;
  }

  observed(): Readonly<Record<string, readonly number[] | number>> {
    return {
      visitsPerBlock: this.perBlock,
      residentMib: this.#of('residentBytes').map(inMib),
      descriptors: this.#of('descriptors'),
      sockets: this.#of('sockets'),
      threads: this.#of('threads'),
    };
  }

  #of(what: keyof Vitals): number[] {
    return this.readings.map((reading) => reading[what]);
  }

  /** Waits until the process holds no fewer descriptors from one moment to the next: what the others are measured by. */
  async #calm(start: Vitals): Promise<Vitals> {
    const { bounds, clock } = this.#context;
    const untilMs = clock.now() + bounds.gone;
    let now = start;
    for (let still = 0; still < 5 && clock.now() < untilMs && !this.#context.signal.aborted; ) {
      await this.#context.sleep(40);
      const next = await this.#vitals();
      still = next.descriptors < now.descriptors ? 0 : still + 1;
      now = next;
    }
    return now;
  }

  /** Some stacks learn of a loss only from writes that fail, and the first still succeeds. */
  async #write(): Promise<void> {
    if (this.#server.target.publish === undefined) return;
    for (let left = 3; left > 0; left -= 1) await this.#server.publish({ data: 'ssert-nudge' });
  }

  async #vitals(): Promise<Vitals> {
    try {
      return await this.#server.vitals();
    } catch (error) {
      throw new Undecided(
        `the process cannot be looked at: ${error instanceof Error ? error.message : error}; ${this.told()}`,
      );
    }
  }
}

/** What each visit may leave behind where memory is level, in bytes. */
const slackBytes = 0.5 * kib;

async function judgeChurn(context: RuleContext, churn: Churn): Promise<Judgement> {
  const leaks = churn.leaks();
  const told = churn.told();
  const reproduce = `for n in $(seq 1000); do timeout 0.1 ${context.curl()} > /dev/null; done; grep -E 'VmRSS|Threads' /proc/PID/status; ls /proc/PID/fd | wc -l`;
  if (leaks.length === 0) {
    const detail = { evidence: { observed: churn.observed() } };
    if (churn.isDoubtful()) return inconclusive(`${told}; whether that levels off does not show yet`, detail);
    const memory = churn.isMemoryLevel()
      ? 'levelled off'
      : `grew by ${inMib(churn.growth('residentBytes'))} MiB, as a heap may before it is cleaned up`;
    return pass(`${told}: files and threads are constant, memory ${memory}`, detail);
  }
  await churn.readLate();
  const detail = { evidence: { observed: churn.observed() }, reproduce };
  const stay = churn.growth('descriptors') > 8 || churn.growth('threads') > 8;
  if (!leaks.includes('memory') && !stay) {
    return pass(`${told}; after a heartbeat all is let go: see cleanup/listener-removed`, detail);
  }
  const watchedEnough =
    context.target.publish !== undefined || context.effort.watchMs >= 1.1 * context.bounds['idle-hard'];
  if (!watchedEnough) {
    return inconclusive(`${told}; whether a heartbeat lets go of them takes longer to see, or --publish`, detail);
  }
  const heap = leaks.includes('memory') ? ` (beyond the ${inMib(largestHeapGrowth)} MiB that a heap may take)` : '';
  return fail(`${told}: ${leaks.join(' and ')} grow with the visits${heap}`, detail);
}
