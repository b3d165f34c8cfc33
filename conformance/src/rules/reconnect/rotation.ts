import type { Arrival, Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, pass, skip } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { idOf } from './log.ts';
import { after, listed } from './resumption.ts';

export const rotationLosesNothing: Rule = {
  id: 'reconnect/rotation-loses-nothing',
  code: 'SR-12',
  level: 'MUST',
  title: 'A stream that the server ends loses nothing',
  statement: 'Where the server ends a stream at the end of its life, a client that comes back has lost nothing.',
  spec: [html('sse-processing-model')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  budgetMs: ({ target }) => 3 * (target.lifetimeMs ?? 0) + 60_000,
  judge: async (context) => {
    const { lifetimeMs } = context.target;
    if (lifetimeMs === undefined) {
      return skip('profile', 'for servers that end streams on purpose: declare `lifetime` in a target file');
    }
    if (lifetimeMs > context.effort.watchMs) {
      throw new Undecided(`a declared life of ${lifetimeMs / 1000} s is more than this effort watches`);
    }
    const client = new Client(context, lifetimeMs);
    const rotations = lifetimeMs <= 2000 ? 3 : 1;
    while (client.rotations < rotations && !context.signal.aborted) await client.live();
    const complaint = await client.complaint();
    const seen = `${client.rotations} streams that the server ended while events were published`;
    if (!complaint) return pass(`${seen}: all ${client.received} events came, each once`);
    return fail(`over ${seen} ${complaint.message}`, { evidence: complaint.evidence });
  },
};

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
    const deadlineMs = this.#context.clock.now() + this.#lifetimeMs * 1.5 + 2000;
    while (!stream.end) {
      if (this.#context.clock.now() > deadlineMs || this.#context.signal.aborted) {
        throw new Undecided(`a stream did not end within one and a half times its declared life`);
      }
      await this.#publish(stream);
      await stream.endWithin(this.#everyMs);
    }
    this.rotations += 1;
    this.#take(stream);
    // Not more than the log holds is published while the client is away.
    const away = Math.min(3, Math.max(0, (this.#context.target.replay ?? 10) - 1 - this.#context.bounds.window));
    for (let count = 0; count < away; count += 1) await this.#publishNext();
    await this.#context.sleep(Math.min(this.#retryMs, 5000));
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
    for (const block of stream.blocks) {
      const id = idOf(block);
      if (id !== undefined) [this.#lastId, this.#lastIdNumber] = [id, this.#events.numberOf(block) ?? 0];
      const retry = block.fields.findLast(({ name, value }) => name === 'retry' && /^\d+$/.test(value))?.value;
      if (retry !== undefined) this.#retryMs = Number(retry);
    }
  }
}
