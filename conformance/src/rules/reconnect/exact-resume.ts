import { array, nat, record } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import { Channel } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import { type Complaint, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, pass } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { idOf } from './unique-ids.ts';

export const exactResume: Rule = {
  id: 'reconnect/exact-resume',
  code: 'SR-02',
  level: 'MUST',
  title: 'A reconnection gets exactly what it missed',
  statement: 'Reconnecting with the id of event k yields k+1, k+2 and so on in order: no gap, no repeat, not k itself.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  budgetMs: () => 120_000,
  judge: async (context) => {
    const log = await Log.open(context);
    const resumesExactly = async (steps: readonly Step[]): Promise<Complaint | undefined> => {
      log.begin();
      for (const step of steps) {
        for (let left = step.publish; left > 0; left -= 1) await log.append();
        const complaint = await resume(context, log, step.back);
        if (complaint) return complaint;
      }
      return undefined;
    };
    const steps = array(record({ publish: nat(4), back: nat(6) }), { minLength: 1, maxLength: 3 });
    const far = Math.min(log.reach, context.effort.runs);
    const result = await search(context, steps, resumesExactly, [
      [{ publish: 1, back: 0 }],
      [{ publish: 3, back: 1 }],
      [{ publish: 5, back: 4 }],
      [{ publish: far + 1, back: far }],
      [
        { publish: 2, back: 1 },
        { publish: 2, back: 3 },
      ],
    ]);
    if (!result.found) return pass(`${log.resumed} reconnections, each with exactly the events after its id`);
    const { message, evidence } = result.complaint;
    const reproduce = context.curl({ headers: { 'Last-Event-ID': log.lastAsked } });
    return fail(message, { ...(evidence ? { evidence } : {}), counterexample: result.counterexample, reproduce });
  },
};

/** Publishes some events, then reconnects with the id of the event that many before the newest. */
interface Step {
  readonly publish: number;
  readonly back: number;
}

interface Entry {
  readonly number: number;
  readonly id: string;
}

/** What was published, in the order in which a stream that is always open saw it. */
class Log {
  readonly events: NumberedEvents;
  readonly #context: RuleContext;
  #entries: Entry[] = [];
  #witness: Exchange;
  /** Where the server gives no ids, the publisher brings them. */
  #bringsIds = false;
  /** How far back the server promises to replay, in events. */
  readonly reach: number;
  resumed = 0;
  lastAsked = '';

  private constructor(context: RuleContext, witness: Exchange) {
    this.#context = context;
    this.#witness = witness;
    this.events = new NumberedEvents(context, 'resume');
    this.reach = Math.max(0, (context.target.replay ?? 10) - 1);
  }

  static async open(context: RuleContext): Promise<Log> {
    return new Log(context, (await Channel.open(context)).exchange);
  }

  /** Forgets what went before, so that an example stands for itself. */
  begin(): void {
    this.#entries = [];
  }

  /** Publishes one event and waits for it, so that no more than one is under way. Gives its number. */
  async append(): Promise<number> {
    if (this.#witness.end) this.#witness = (await Channel.open(this.#context)).exchange;
    const seed = this.#context.seed;
    const own = `ssert-resume-${seed}-${this.events.published + 1}`;
    const number = await this.events.publish(this.#bringsIds ? { id: own } : {});
    const arrival = await this.events.arrival(this.#witness, number, patienceMs(this.#context));
    if (!arrival) throw new Undecided(`event ${number} was accepted and never arrived`);
    const id = idOf(arrival);
    if (id !== undefined) this.#entries.push({ number, id });
    else if (this.#context.carriage.id) this.#bringsIds = true;
    return number;
  }

  /** The event that many before the newest, or the oldest that is still within reach. */
  async entry(back: number): Promise<Entry | undefined> {
    // Ids may stand on some events only.
    for (let tries = 0; this.#entries.length === 0 && tries < 10; tries += 1) await this.append();
    const newest = this.events.published;
    const within = this.#entries.filter(({ number }) => newest - number <= Math.min(back, this.reach));
    return within[0] ?? this.#entries.at(-1);
  }
}

async function resume(context: RuleContext, log: Log, back: number): Promise<Complaint | undefined> {
  const from = await log.entry(back);
  if (!from) return { message: `replay is promised, but none of ${log.events.published} events carried an id` };
  const newest = log.events.published;
  const due = Array.from({ length: newest - from.number }, (_, index) => from.number + 1 + index);
  log.lastAsked = from.id;
  const stream = await context.subscribe({ headers: { 'Last-Event-ID': from.id } });
  const replayed = (): number[] => log.events.on(stream).flatMap(({ number }) => (number <= newest ? [number] : []));
  const complete = (): true | undefined => (due.every((number) => replayed().includes(number)) ? true : undefined);
  try {
    await stream.until(() => complete() ?? (stream.end ? true : undefined), 2 * context.bounds.event);
    // What comes live is behind all that is replayed: when it is there, nothing is under way any more.
    const liveCame = await somethingLive(context, log, stream);
    await stream.until(complete, context.bounds.event);
    const got = replayed();
    if (got.length === due.length && got.every((number, index) => number === due[index])) {
      log.resumed += 1;
      return undefined;
    }
    const surplus = got.some((number, index) => !due.includes(number) || got.indexOf(number) !== index);
    if (!liveCame && !surplus) {
      throw new Undecided(`after a reconnection no event came within ${patienceMs(context)} ms`);
    }
    const message = `after a reconnection with the id of event ${from.number} of ${newest} came ${listed(got)} in place of ${listed(due)}`;
    const observed = { resumedFromEvent: from.number, newestEvent: newest, due, got: got.slice(0, 100) };
    return { message, evidence: stream.evidence({ observed }) };
  } finally {
    stream.close();
  }
}

/** Publishes until one event comes: the first may be lost where a stream is registered only after its headers. */
async function somethingLive(context: RuleContext, log: Log, stream: Exchange): Promise<boolean> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const live = await log.append();
    if (await log.events.arrival(stream, live, patienceMs(context) / 4)) return true;
  }
  return false;
}

function listed(numbers: readonly number[]): string {
  if (numbers.length === 0) return 'nothing';
  return numbers.length <= 8 ? numbers.join(', ') : `${numbers.slice(0, 4).join(', ')} … (${numbers.length} events)`;
}
