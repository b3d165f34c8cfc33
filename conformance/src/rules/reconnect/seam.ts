import { nat, record } from 'fast-check';
import type { RuleContext } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { patienceMs } from '../numbered-events.ts';
import { Log } from './log.ts';
import { after, areSame, listed, requireResumption, somethingLive } from './resumption.ts';

export const seamlessReplay: Rule = {
  id: 'reconnect/seamless-replay',
  code: 'SR-03',
  level: 'MUST',
  title: 'Replay and live meet without hole or overlap',
  statement: 'While events are being published, a reconnection gets each one after its id exactly once and in order.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  budgetMs: () => 120_000,
  judge: async (context) => {
    const log = await Log.open(context, 'seam');
    await requireResumption(context, log);
    const seam = new Seam(context, log);
    const complaints: Complaint[] = [];
    const isExact = async (round: Round): Promise<Complaint | undefined> => {
      const complaint = await seam.reconnect(round);
      if (!complaint) return undefined;
      complaints.push(complaint);
      // One lost event may have met a bounded queue at a bad moment; a seam loses again.
      return complaints.length > 1 ? complaint : undefined;
    };
    const round = record({ missed: nat(3), startPercent: nat(100), lastPercent: nat(100) });
    const { name, runs: inputs } = context.effort;
    const rounds = name === 'quick' ? inputs : Math.min(200, inputs * 2);
    let left = rounds;
    while (left > 0) {
      const runs = Math.min(left, context.effort.runs);
      const result = await search(context, round, isExact, left === rounds ? examples : [], runs);
      if (result.found) return fail(result.complaint.message, foundDetail(result));
      left -= Math.max(runs, result.tried);
      if (context.signal.aborted) break;
    }
    if (seam.reconnections === 0) throw new Undecided('others published so much that no reconnection tells anything');
    const [once] = complaints;
    const seen = `${seam.reconnections} reconnections amid ${seam.amid} events that were published meanwhile`;
    if (once) return inconclusive(`once in ${seen}: ${once.message}`, once.evidence && { evidence: once.evidence });
    return pass(`${seen}: no hole and no overlap`);
  },
};

/** How a reconnection meets the publisher. */
interface Round {
  /** Events that the client has to make up for. */
  readonly missed: number;
  /** When the first event is published after the request is sent, in percent of the time that an opening takes. */
  readonly startPercent: number;
  /** When the last one is. */
  readonly lastPercent: number;
}

const examples: readonly Round[] = [
  { missed: 1, startPercent: 0, lastPercent: 100 },
  { missed: 0, startPercent: 0, lastPercent: 0 },
  { missed: 3, startPercent: 50, lastPercent: 100 },
  { missed: 2, startPercent: 100, lastPercent: 100 },
];

class Seam {
  readonly #context: RuleContext;
  readonly #log: Log;
  /** From the request to the last replayed event, on the slowest of the last reconnections, in ms. */
  #openingMs = 5;
  reconnections = 0;
  /** Events published while a reconnection was under way. */
  amid = 0;

  constructor(context: RuleContext, log: Log) {
    this.#context = context;
    this.#log = log;
  }

  async reconnect({ missed, startPercent, lastPercent }: Round): Promise<Complaint | undefined> {
    const log = this.#log;
    const { window } = this.#context.bounds;
    const entry = await log.newestEntry();
    for (let left = Math.min(missed, Math.max(0, log.reach - window)); left > 0; left -= 1) await log.append();
    const missedNumbers = log.behind(entry.position);
    const stream = this.#context.send(after(entry.id));
    try {
      // No more than the window is on the way to the new stream at once.
      const fromMs = (this.#openingMs * startPercent) / 100;
      const toMs = Math.max(fromMs, (this.#openingMs * lastPercent) / 100);
      const count = Math.min(window, log.reach);
      const numbers = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          await this.#context.sleep(fromMs + ((toMs - fromMs) * index) / Math.max(1, count - 1));
          return log.launch();
        }),
      );
      await log.settle(numbers);
      const upTo = log.length;
      await stream.headWithin(this.#context.bounds.open);
      if (!stream.isEventStream) throw new Undecided('a reconnection got no event stream');
      const due = (): number[] => log.behind(entry.position);
      const got = (): number[] => log.events.on(stream).map(({ number }) => number);
      const complete = (): true | undefined => {
        const have = new Set(got());
        return due().every((number) => have.has(number)) ? true : undefined;
      };
      await stream.until(() => complete() ?? (stream.end ? true : undefined), 2 * this.#context.bounds.event);
      const allCame = complete() ?? false;
      // What is missing now is lost if a later event comes, and what comes twice does so before it.
      if (!(await somethingLive(this.#context, log, stream))) {
        throw new Undecided(`after a reconnection no event came within ${patienceMs(this.#context)} ms`);
      }
      await stream.until(complete, allCame ? 0 : this.#context.bounds.event);
      // Others may have published so much that what it had to make up for was let go.
      if (!areSame(got(), due()) && !log.isWithinReach(entry, upTo)) return undefined;
      this.reconnections += 1;
      this.amid += numbers.length;
      const lastReplayed = log.events.on(stream).findLast(({ number }) => missedNumbers.includes(number));
      const tookMs = (lastReplayed?.arrival.atMs ?? stream.headAtMs ?? 0) - stream.startedAtMs;
      this.#openingMs = Math.min(250, Math.max(2, tookMs, this.#openingMs * 0.9));
      if (areSame(got(), due())) return undefined;
      const observed = { due: due().slice(0, 100), got: got().slice(0, 100), publishedMeanwhile: numbers };
      const what = describe(due(), got());
      return { message: `a reconnection while events were published ${what}`, evidence: stream.evidence({ observed }) };
    } finally {
      stream.close();
    }
  }
}

function describe(due: readonly number[], got: readonly number[]): string {
  const missing = due.filter((number) => !got.includes(number));
  if (missing.length > 0) return `never got ${listed(missing)} of the events ${listed(due)}`;
  const twice = got.filter((number, index) => got.indexOf(number) !== index);
  if (twice.length > 0) return `got ${listed(twice)} more than once`;
  return `got ${listed(got)} in place of ${listed(due)}`;
}
