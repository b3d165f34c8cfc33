import type { Arrival, Exchange } from '../../access/exchange.ts';
import { nudge, type RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass, skip } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { idOf } from './log.ts';
import { after, listed } from './resumption.ts';

export const rotationLosesNothing: Rule = {
  id: 'reconnect/rotation-loses-nothing',
  code: 'SR-12',
  level: 'MUST',
  title: 'A stream that the server ends loses nothing',
  statement:
    'Where the server ends a stream on purpose or at the end of its life, a client that comes back has lost nothing.',
  spec: [html('sse-processing-model')],
  access: ['publish'],
  profiles: ['resumable'],
  // Not beside streams that others watch: what ends one on purpose may end every one.
  phase: 'crowd',
  budgetMs: ({ target }) => 3 * (target.lifetimeMs ?? 0) + 60_000,
  judge: async (context) => {
    const lifeMs = context.target.endStream === undefined ? context.target.lifetimeMs : shortLifeMs;
    if (lifeMs === undefined) {
      const how = 'name `endStream`, which makes it do so, or declare `lifetime` in a target file';
      return skip('profile', `for servers that end streams on purpose: ${how}`);
    }
    if (lifeMs > context.effort.watchMs) {
      throw new Undecided(`a declared life of ${lifeMs / 1000} s is more than this effort watches`);
    }
    const client = new Client(context, lifeMs);
    const rotations = lifeMs <= 2000 ? 3 : 1;
    while (client.rotations < rotations && !context.signal.aborted) await client.live();
    const complaint = await client.complaint();
    const asked = context.target.endStream === undefined ? '' : ', as it was asked to,';
    const seen = `${client.rotations} streams that the server ended${asked} while events were published`;
    if (complaint && client.toldOfLoss !== undefined) {
      const told = `the server told of it by ${client.toldOfLoss}`;
      return inconclusive(`over ${seen} ${complaint.message}, and ${told}`, { evidence: complaint.evidence });
    }
    if (!complaint) return pass(`${seen}: all ${client.received} events came, each once`);
    return fail(`over ${seen} ${complaint.message}`, { evidence: complaint.evidence });
  },
};

/** How long a stream is left to itself before the server is asked to end it. */
const shortLifeMs = 500;

/** A client that comes back whenever the server ends its stream, and a publisher that goes on meanwhile. */
class Client {
  readonly #context: RuleContext;
  readonly #lifetimeMs: number;
  readonly #events: NumberedEvents;
  readonly #everyMs: number;
  /** Numbers in the order in which the client got them, over all its streams. */
  readonly #got: number[] = [];
  #lastId: string | undefined;
  /** The number of the event that had it, 0 where it stood on another block. */
  #lastIdNumber = 0;
  /** Where the server gives no ids, the publisher brings them. */
  #bringsIds = false;
  /** Events published before the stream was there. */
  #before = 0;
  /** Browsers wait for seconds where the server does not say how long; this lets a server do what it does at the end. */
  #retryMs = 200;
  #complaint: string | undefined;
  #stream: Exchange | undefined;
  /** What the first stream said that is none of our events, and every stream may say again. */
  #usual: ReadonlySet<string> | undefined;
  /**
   * A word on a later stream that none was there for before. A server that was asked to end its streams may have ended what
   * they were about with them, and say so to who comes back.
   */
  toldOfLoss: string | undefined;
  rotations = 0;

  constructor(context: RuleContext, lifetimeMs: number) {
    this.#context = context;
    this.#lifetimeMs = lifetimeMs;
    this.#events = new NumberedEvents(context, 'rotation');
    this.#everyMs = Math.min(250, Math.max(5, lifetimeMs / 50));
  }

  get received(): number {
    return new Set(this.#got).size;
  }

  /** One stream from its opening to its end by the server, and the time until the client comes back. */
  async live(): Promise<void> {
    await this.#open();
    const stream = this.#stream;
    if (!stream) return;
    if (this.#context.target.endStream === undefined) {
      const longest = 'one and a half times its declared life';
      await this.#publishUntilEnd(stream, this.#lifetimeMs * 1.5 + 2000, `a stream did not end within ${longest}`);
    } else await this.#askToEnd(stream);
    this.rotations += 1;
    this.#take(stream);
    // Not more than the log holds is published while the client is away.
    const away = Math.min(3, Math.max(0, (this.#context.target.replay ?? 10) - 1 - this.#context.bounds.window));
    for (let count = 0; count < away; count += 1) await this.#publishNext();
    await this.#context.sleep(Math.min(this.#retryMs, 5000));
  }

  /** Goes on publishing while the server is asked to end the stream, and until it has. */
  async #askToEnd(stream: Exchange): Promise<void> {
    const { clock, bounds } = this.#context;
    const askAtMs = clock.now() + this.#lifetimeMs;
    while (!stream.end && clock.now() < askAtMs) await this.#publishAndPause(stream);
    let isAsked = false;
    const asking = this.#context.endStreams().finally(() => {
      isAsked = true;
    });
    const publishing = async (): Promise<void> => {
      while (!isAsked && !stream.end && !this.#context.signal.aborted) await this.#publishAndPause(stream);
      const late = `asked to end its streams, the server left one open for ${bounds.gone} ms`;
      await this.#publishUntilEnd(stream, bounds.gone, late);
    };
    // The next stream is opened only when nothing is asked for any more that could end it.
    await Promise.all([asking, publishing()]);
  }

  async #publishUntilEnd(stream: Exchange, longestMs: number, otherwise: string): Promise<void> {
    const deadlineMs = this.#context.clock.now() + longestMs;
    while (!stream.end) {
      if (this.#context.clock.now() > deadlineMs || this.#context.signal.aborted) throw new Undecided(otherwise);
      await this.#publishAndPause(stream);
    }
  }

  async #publishAndPause(stream: Exchange): Promise<void> {
    await this.#publish(stream);
    await stream.endWithin(this.#everyMs);
  }

  /** What was lost or came twice, if anything, once the newest event is there. */
  async complaint() {
    await this.#open();
    const stream = this.#stream;
    if (!stream) throw new Undecided('there is no stream after the last one');
    const newest = await this.#publishNext();
    await this.#events.arrival(stream, newest, patienceMs(this.#context));
    this.#take(stream);
    const evidence = stream.evidence({ observed: { rotations: this.rotations, eventsPublished: newest } });
    stream.close();
    const got = new Set(this.#got);
    if (!got.has(newest)) throw new Undecided(`event ${newest} was accepted and never arrived`);
    const [first = 1] = this.#got;
    const missing = Array.from({ length: newest - first }, (_, index) => first + index).filter((one) => !got.has(one));
    if (missing.length > 0) return { message: `the client never got ${listed(missing)}`, evidence };
    return this.#complaint === undefined ? undefined : { message: this.#complaint, evidence };
  }

  /** @throws Undecided where the client comes back and has no id to go on after */
  async #open(): Promise<void> {
    if (this.rotations > 0 && this.#lastId === undefined) {
      throw new Undecided(`no id came on ${this.rotations} streams: see reconnect/exact-resume`);
    }
    this.#stream = await this.#context.subscribe(this.#lastId === undefined ? {} : after(this.#lastId));
    this.#before = this.#events.published;
  }

  #publishNext(): Promise<number> {
    const id = `${this.#events.dataOf(this.#events.published + 1)}-id`;
    return this.#events.publish(this.#bringsIds ? { id } : {});
  }

  /** Publishes one event, no more of them under way with the next than the window allows. */
  async #publish(stream: Exchange): Promise<void> {
    const number = await this.#publishNext();
    const due = number + 1 - this.#context.bounds.window;
    // One that came later tells as well: the first may be lost where a stream is registered only after its headers.
    const isShown = (arrival: Arrival): boolean => (this.#events.numberOf(arrival) ?? 0) >= due;
    const shown = () => (stream.end || stream.arrivals.findLast(isShown) ? true : undefined);
    if (due > this.#before) await stream.until(shown, patienceMs(this.#context));
    const newest = this.#events.on(stream).at(-1);
    if (newest && idOf(newest.arrival) === undefined && this.#context.carriage.id) this.#bringsIds = true;
  }

  #take(stream: Exchange): void {
    const arrivals = this.#events.on(stream);
    const numbers = arrivals.map(({ number }) => number);
    // Behind the last id everything is due again; what had come with it or before is not.
    const again = numbers.filter((number, index) => number <= this.#lastIdNumber || numbers.indexOf(number) !== index);
    if (again.length > 0) this.#complaint ??= `the client got ${listed(again)} again`;
    this.#got.push(...numbers);
    if (this.#context.target.endStream !== undefined) this.#lookForWord(stream);
    for (const block of stream.blocks) {
      const id = idOf(block);
      if (id !== undefined) [this.#lastId, this.#lastIdNumber] = [id, this.#events.numberOf(block) ?? 0];
      const retry = block.fields.findLast(({ name, value }) => name === 'retry' && /^\d+$/.test(value))?.value;
      if (retry !== undefined) this.#retryMs = Number(retry);
    }
  }

  /** Looks for a word about a loss: a field of the head or a type of event that the first stream did not have. */
  #lookForWord(stream: Exchange): void {
    const fields = (stream.head?.fields ?? []).map(([name]) => `the field ${name.toLowerCase()}`);
    const others = stream.arrivals.filter(
      (arrival) => this.#events.numberOf(arrival) === undefined && !arrival.data.includes(nudge),
    );
    const words = [...fields, ...others.map(({ type }) => `an event of type ${type}`)];
    const usual = this.#usual;
    if (!usual) this.#usual = new Set(words);
    else this.toldOfLoss ??= words.find((word) => !usual.has(word));
  }
}
