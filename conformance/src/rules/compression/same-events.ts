import type { Arrival, Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import { anyText } from '../../payload.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import type { PublishedEvent } from '../../target.ts';
import { Undecided } from '../../undecided.ts';
import { fail, type Judgement, pass } from '../../verdict.ts';
import { noise } from '../noise.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { shorten } from '../round-trip.ts';
import { type ContentCoding, judgeCodings } from './codings.ts';

export const sameEvents: Rule = {
  id: 'compression/same-events',
  code: 'SZ-03',
  level: 'MUST',
  title: 'The compressed and the plain stream are the same',
  statement: 'A compressed stream decodes to the same events as a plain one: type, data and id, one for one.',
  spec: [rfc(9110, '8.4'), html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'publishing',
  budgetMs: ({ bounds }) => 120_000 + 120 * bounds.event,
  judge: (context) => judgeCodings(context, (coding) => judgeCoding(context, coding)),
};

async function judgeCoding(context: RuleContext, coding: ContentCoding): Promise<Judgement> {
  try {
    return await compareLanes(context, await Lanes.open(context, coding), coding);
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    const { stream } = error;
    const observed = { bodyBytesDecoded: stream.bodyBytes, events: stream.dispatched };
    return fail(error.message, { evidence: stream.evidence({ observed }) });
  }
}

async function compareLanes(context: RuleContext, lanes: Lanes, coding: ContentCoding): Promise<Judgement> {
  try {
    const maxRuns = Math.ceil(context.effort.runs / 2);
    const result = await search(context, anyText, (text) => lanes.compare(text), examples, maxRuns);
    if (result.found) {
      const reproduce = context.curlPublish({ data: result.value }, { headers: { 'Accept-Encoding': coding } });
      return fail(result.complaint.message, foundDetail(result, reproduce));
    }
    if (lanes.compared === 0) throw new Undecided(`of ${result.tried} events none could be compared`);
    return pass(`${lanes.compared} events are the same as on a plain stream`);
  } finally {
    lanes.close();
  }
}

const examples = ['plain', 'é€𝄞', 'x'.repeat(16_384), 'a\nb', ''];

/** A plain stream, another one that shows what differs between any two, and a compressed one. */
class Lanes {
  readonly #context: RuleContext;
  readonly #coding: ContentCoding;
  readonly #plain: Exchange;
  readonly #control: Exchange;
  readonly #coded: Exchange;
  readonly #marks: NumberedEvents;
  compared = 0;

  private constructor(context: RuleContext, coding: ContentCoding, streams: readonly [Exchange, Exchange, Exchange]) {
    this.#context = context;
    this.#coding = coding;
    [this.#plain, this.#control, this.#coded] = streams;
    this.#marks = new NumberedEvents(context, `same-${coding}`);
  }

  static async open(context: RuleContext, coding: ContentCoding): Promise<Lanes> {
    const plain = { headers: { 'Accept-Encoding': 'identity' } };
    const coded = { headers: { 'Accept-Encoding': coding } };
    const streams = [
      await context.subscribe(plain),
      await context.subscribe(plain),
      await context.subscribe(coded),
    ] as const;
    const lanes = new Lanes(context, coding, streams);
    // The first is lost where a server registers a stream only after its headers.
    for (let attempt = 0; attempt < 3; attempt += 1) if (await lanes.#mark(patienceMs(context) / 2)) return lanes;
    await lanes.#explainSilence();
    return lanes;
  }

  close(): void {
    for (const stream of this.#all) stream.close();
  }

  /** What an event is on the compressed stream in place of what it is on the plain one; a second try decides. */
  async compare(text: string): Promise<Complaint | undefined> {
    return (await this.#once(text)) && (await this.#once(text));
  }

  get #all(): readonly Exchange[] {
    return [this.#plain, this.#control, this.#coded];
  }

  async #once(text: string): Promise<Complaint | undefined> {
    for (const stream of this.#all) stream.blocks.length = 0;
    const event: PublishedEvent = this.#context.carriage.event ? { data: text, event: 'ssert-same' } : { data: text };
    const outcome = await this.#context.publish(event);
    if (outcome.kind === 'refused') return undefined;
    if (outcome.kind === 'no-answer') {
      if (text.isWellFormed()) throw new Undecided(`a publish got no answer: ${outcome.reason}`);
      return undefined;
    }
    if (!(await this.#mark(patienceMs(this.#context)))) await this.#explainSilence();
    const [plain = '', control = '', coded = ''] = this.#all.map((stream) => this.#seenOn(stream));
    if (plain !== control) return undefined;
    this.compared += 1;
    if (plain === coded) return undefined;
    const message = `${JSON.stringify(shorten(text))} is ${shorten(plain, 200)} on a plain stream and ${shorten(coded, 200)} on this one`;
    return { message, evidence: this.#coded.evidence({ observed: { plain, [this.#coding]: coded } }) };
  }

  /** Publishes a plain event and waits for it on every stream. */
  async #mark(timeoutMs: number): Promise<boolean> {
    const number = await this.#marks.publish();
    const arrivals = await Promise.all(this.#all.map((stream) => this.#marks.arrival(stream, number, timeoutMs)));
    if (this.#all.some(({ end }) => end)) throw new Undecided('the server ended a stream meanwhile');
    return arrivals.every((arrival) => arrival !== undefined);
  }

  /** What came, the server's own events and the marks left out. */
  #seenOn(stream: Exchange): string {
    const { target, observations, carriage } = this.#context;
    const own = new Set([...target.ownEventTypes, ...observations.ownEventTypes]);
    for (const type of ['message', ...carriage.types]) own.delete(type);
    return JSON.stringify(
      stream.blocks
        .filter((block) => block.dispatched && !own.has(block.type) && !this.#isMark(block))
        .map(({ type, data, lastEventId }) => ({ type, data, lastEventId })),
    );
  }

  #isMark({ data }: Arrival): boolean {
    return jsonReadings(data).some((reading) => reading.startsWith(this.#marks.dataOf(0).slice(0, -1)));
  }

  /**
   * Something is missing. Late on every stream says nothing, and late on this one alone is judged by
   * compression/flushed-per-event; but what stays away however much is written after it is lost.
   * @throws Undecided in the first two cases, Lost in the third
   */
  async #explainSilence(): Promise<void> {
    const [number, patience] = [this.#marks.published, patienceMs(this.#context)];
    if (!(await this.#marks.arrival(this.#plain, number, patience))) {
      throw new Undecided('a plain event did not come on a plain stream in time');
    }
    await this.#pushOut(patience);
    const outcome = await repeatBeforeAccusing(
      this.#context,
      async (times) => {
        const arrival = await this.#marks.arrival(this.#coded, number, patience * times);
        return { arrived: arrival !== undefined, waitedMs: patience * times };
      },
      ({ arrived, waitedMs }) => (arrived ? undefined : { boundMs: patience, tookMs: waitedMs, heavy: true }),
    );
    const never = 'what comes on a plain stream never comes out of this one';
    if (outcome.kind === 'missed') throw new Lost(never, this.#coded);
    if (outcome.kind === 'strained') throw new Undecided(`${never}; ${outcome.message}`);
    const late = `a plain event came late on the ${this.#coding} stream`;
    throw new Undecided(`${late}: see compression/flushed-per-event`);
  }

  /** Publishes until something comes out of the encoder, and no more than any encoder keeps. */
  async #pushOut(patience: number): Promise<void> {
    const dispatched = this.#coded.dispatched;
    for (let filler = 0; filler < fillers && this.#coded.dispatched === dispatched; filler += 1) {
      const before = this.#plain.dispatched;
      await this.#context.publish({ data: noise(this.#context, 16_384) });
      await this.#plain.until(() => (this.#plain.dispatched > before ? true : undefined), patience);
    }
  }
}

/** Of 16 KiB each: more than any encoder keeps. */
const fillers = 128;

/** Events are missing for good. */
class Lost extends Error {
  readonly stream: Exchange;

  constructor(message: string, stream: Exchange) {
    super(message);
    this.stream = stream;
  }
}
