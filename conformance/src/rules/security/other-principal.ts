import { array, constantFrom, nat, record } from 'fast-check';
import type { Arrival, Exchange } from '../../access/exchange.ts';
import type { PublishOutcome } from '../../access/publisher.ts';
import type { RuleContext } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { cwe, html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass, skip, warn } from '../../verdict.ts';
import { answerOf, isBusy } from '../http/answers.ts';
import { patienceMs } from '../numbered-events.ts';
import { idOf } from '../reconnect/log.ts';

export const othersEventsWithheld: Rule = {
  id: 'security/others-events-withheld',
  code: 'SX-08',
  level: 'MUST',
  title: "No client gets another principal's events",
  statement:
    'A client never gets the events of another principal, session or topic, live or in replay, whatever id it presents; a refusal does not tell an id of theirs from one that nobody had.',
  spec: [cwe(639), html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['private'],
  phase: 'publishing',
  budgetMs: () => 120_000,
  judge: async (context) => {
    if (!context.target.other) {
      return skip('access', "needs another principal's stream: name it as `other` in a target file");
    }
    const pair = await Pair.open(context);
    const scenes = record({
      publishes: array(constantFrom<Side>('own', 'other'), { minLength: 1, maxLength: 4 }),
      back: nat(4),
      change: constantFrom(...changes),
    });
    const result = await search(context, scenes, (scene) => pair.play(scene), examples, 40);
    if (result.found) {
      const headers = pair.lastAsked === undefined ? {} : { 'Last-Event-ID': pair.lastAsked };
      return fail(result.complaint.message, foundDetail(result, context.curl({ headers })));
    }
    const live = `none of the other principal's ${pair.published('other')} events came on the own stream`;
    if (pair.asked === 0) return pass(`${live}; they carry no ids that could be presented`);
    // Once more, as an answer may depend on the moment.
    const told = (await pair.tellsApart()) && (await pair.tellsApart());
    if (told)
      return warn(told.message, { ...(told.evidence && { evidence: told.evidence }), reproduce: told.reproduce });
    if (pair.silent > 0) return inconclusive(`${live}, but ${pair.silent} streams with its ids carried nothing at all`);
    const refused = pair.refused > 0 ? `, ${pair.refused} of which were refused` : '';
    return pass(`${live}, nor on ${pair.asked} reconnections with its ids or their neighbours${refused}`);
  },
};

type Side = 'own' | 'other';

/** What is made of an id that the other principal saw. */
const changes = ['same', 'next', 'before', 'first'] as const;

/** Publishes to both sides, then reconnects with an id of the other's, counted from its newest. */
interface Scene {
  readonly publishes: readonly Side[];
  readonly back: number;
  readonly change: (typeof changes)[number];
}

const examples: readonly Scene[] = [
  { publishes: ['other'], back: 0, change: 'same' },
  { publishes: ['other', 'other'], back: 1, change: 'same' },
  { publishes: ['other', 'own', 'other'], back: 0, change: 'before' },
  { publishes: ['own', 'other'], back: 1, change: 'next' },
  { publishes: ['other'], back: 0, change: 'first' },
];

/** What a presented id got. */
interface Answer {
  /** The same for answers that say the same. */
  readonly text: string;
  readonly what: string;
  readonly stream: Exchange;
}

/** The run's own principal and the other one, each with an open stream. */
class Pair {
  readonly #context: RuleContext;
  readonly #streams: Readonly<Record<Side, Exchange>>;
  readonly #counts = { own: 0, other: 0 };
  /** Ids that the other principal saw. */
  readonly #foreignIds: string[] = [];
  /** Reconnections with an id of the other's, and what became of some. */
  asked = 0;
  refused = 0;
  silent = 0;
  lastAsked: string | undefined;

  private constructor(context: RuleContext, own: Exchange, other: Exchange) {
    this.#context = context;
    this.#streams = { own, other };
  }

  static async open(context: RuleContext): Promise<Pair> {
    const { other } = context.target;
    if (!other) throw new Undecided('the target has no other principal');
    const pair = new Pair(context, await context.subscribe(), await context.subscribe({ to: other.stream }));
    // What does not come where it belongs shows nothing by not coming where it does not.
    for (const side of ['own', 'other'] as const) await pair.#arrive(side);
    return pair;
  }

  published(side: Side): number {
    return this.#counts[side];
  }

  async play({ publishes, back, change }: Scene): Promise<Complaint | undefined> {
    this.lastAsked = undefined;
    for (const side of publishes) await this.#arrive(side);
    await this.#arrive('own');
    const live = this.#leakOn(this.#streams.own, 'live');
    if (live) return live;
    const id = this.#foreignIds.at(-1 - Math.min(back, this.#foreignIds.length - 1));
    // A server that says nothing after an unknown id is for another rule.
    if (id === undefined || this.silent > 1) return undefined;
    return this.#present(changed(id, change));
  }

  async #present(id: string): Promise<Complaint | undefined> {
    this.lastAsked = id;
    const stream = await this.#context.ask({ headers: { 'Last-Event-ID': id } });
    try {
      this.asked += 1;
      if (!stream.isEventStream) {
        this.refused += 1;
        return undefined;
      }
      const own = await this.#arrive('own');
      const came = await stream.until(
        () => (find(stream, own) || stream.end ? true : undefined),
        patienceMs(this.#context),
      );
      if (!came) this.silent += 1;
      return this.#leakOn(stream, `after Last-Event-ID ${JSON.stringify(id)}`);
    } finally {
      stream.close();
    }
  }

  /**
   * How a refusal tells an id of the other's from ids that nobody had, where ids are counted and so can be guessed. A
   * server that goes on after one, as a place in the log of all, has refused nothing.
   */
  async tellsApart(): Promise<(Complaint & { readonly reproduce: string }) | undefined> {
    await this.#arrive('other');
    const foreign = this.#foreignIds.at(-1);
    if (foreign === undefined || !areCounted(this.#foreignIds)) return undefined;
    this.lastAsked = foreign;
    const refusal = await this.#refusalOf(foreign);
    // What a body says anew each time, such as the request's own number, would tell any two answers apart.
    if (refusal === undefined || (await this.#refusalOf(foreign))?.text !== refusal.text) return undefined;
    const seen: string[] = [];
    // One from the future, one from before all, and one of no shape: a server may refuse any of these for what it is.
    for (const unknown of [beyond(foreign), changed(foreign, 'first'), `ssert-nobody-${this.#context.seed}`]) {
      const answer = await this.#answerTo(unknown);
      if (answer === undefined || answer.text === refusal.text) return undefined;
      seen.push(`${JSON.stringify(unknown)} ${answer.what}`);
    }
    const message = `ids are counted, and the answer tells which are another's: ${JSON.stringify(foreign)} gets ${refusal.what}, ${seen.join(', ')}`;
    const reproduce = this.#context.curl({ headers: { 'Last-Event-ID': foreign } });
    return { message, evidence: refusal.stream.evidence(), reproduce };
  }

  async #refusalOf(id: string): Promise<Answer | undefined> {
    const answer = await this.#answerTo(id);
    return answer && (answer.stream.head?.status ?? 0) >= 400 ? answer : undefined;
  }

  /** Undefined where the server had no time, or gave no answer. */
  async #answerTo(id: string): Promise<Answer | undefined> {
    const stream = await this.#context.ask({ headers: { 'Last-Event-ID': id } });
    try {
      if (!stream.head || isBusy(stream.head)) return undefined;
      if (!stream.isEventStream) await stream.endWithin(this.#context.bounds.open);
      // An error may quote the id, and tell the time.
      const body = stream.isEventStream ? '' : stream.bodyText.replaceAll(id, 'ID').replace(/\d+/g, '#');
      return { text: `${stream.head.status} ${body}`, what: answerOf(stream), stream };
    } finally {
      stream.close();
    }
  }

  /** Publishes to one side and waits until it has the event. @returns the event's data */
  async #arrive(side: Side): Promise<string> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      this.#counts[side] += 1;
      const data = `${this.#prefix(side)}${this.#counts[side]}`;
      const publish = (event: { data: string }): Promise<PublishOutcome> =>
        side === 'own' ? this.#context.publish(event) : this.#context.publishToOther(event);
      const outcome = await publish({ data });
      if (outcome.kind !== 'accepted') throw new Undecided(`a plain event was not accepted: ${outcome.reason}`);
      const stream = this.#streams[side];
      const arrival = await stream.until(
        () => find(stream, data) ?? (stream.end ? null : undefined),
        patienceMs(this.#context) / 2,
      );
      if (arrival) {
        const id = idOf(arrival);
        if (side === 'other' && id !== undefined) this.#foreignIds.push(id);
        return data;
      }
    }
    throw new Undecided(`an event for the ${side} principal was accepted and never came on its stream`);
  }

  #prefix(side: Side): string {
    return `ssert-${side}-principal-${this.#context.seed}-`;
  }

  #leakOn(stream: Exchange, how: string): Complaint | undefined {
    const leak = stream.arrivals.find(({ data }) => data.includes(this.#prefix('other')));
    if (!leak) return undefined;
    return { message: `the other principal's event ${leak.data} came ${how}`, evidence: stream.evidence() };
  }
}

function find(stream: Exchange, data: string): Arrival | undefined {
  return stream.arrivals.findLast((arrival) => arrival.data.includes(data));
}

function changed(id: string, change: Scene['change']): string {
  if (change === 'same') return id;
  const digits = /\d+$/.exec(id)?.[0];
  if (digits === undefined) return change === 'first' ? '0' : `${id}0`;
  const number = change === 'first' ? 0n : BigInt(digits) + (change === 'next' ? 1n : -1n);
  return `${id.slice(0, -digits.length)}${String(number < 0n ? 0n : number).padStart(digits.startsWith('0') ? digits.length : 1, '0')}`;
}

/** Whether ids count upwards by small steps, so that who has one can guess others. */
function areCounted(ids: readonly string[]): boolean {
  const parts = ids.map((id) => /^(.*?)(\d{1,15})$/s.exec(id));
  return (
    ids.length > 1 &&
    parts.every((part, index) => {
      const last = parts[index - 1];
      if (!part || !last) return part !== null && index === 0;
      const step = Number(part[2]) - Number(last[2]);
      return part[1] === last[1] && step > 0 && step <= 1000;
    })
  );
}

/** An id that the server has not come to, and will not soon. */
function beyond(id: string): string {
  return id.replace(/\d+$/, (digits) => String(BigInt(digits) + 1_000_000n));
}
