import type { Arrival, Exchange } from './access/exchange.ts';
import type { PublishOutcome } from './access/publisher.ts';
import type { RuleContext } from './context.ts';
import type { PublishedEvent } from './target.ts';
import { Undecided } from './undecided.ts';

/** What one publish brought. */
export interface Delivery {
  readonly outcome: PublishOutcome;
  /** Blocks with at least one field that came because of it, in their order; the server's own events are left out. */
  readonly blocks: readonly Arrival[];
  /** Those of them that a client dispatches. */
  readonly events: readonly Arrival[];
  /** The server ended the stream while this was under way. */
  readonly ended: boolean;
  /** The stream that it came on. */
  readonly exchange: Exchange;
}

const markPrefix = 'ssert-mark-';
const nudge = 'ssert-nudge';

/**
 * One stream and one publisher in step: after each event goes a mark, and what stands before the mark is what the
 * event became. So an event that never comes is known to be missing as soon as the mark is there.
 */
export class Channel {
  readonly #context: RuleContext;
  readonly #observed: boolean;
  #exchange: Exchange;
  #marks = 0;
  #marksMissing = 0;

  private constructor(context: RuleContext, exchange: Exchange, observed: boolean) {
    this.#context = context;
    this.#exchange = exchange;
    this.#observed = observed;
  }

  /**
   * Opens the stream and lets what the server sends at the start go by.
   * @param options.observed false where the rule publishes poison that the passive rules must not see
   * @throws Undecided where the first plain event of the run did not come through, there is no stream, or no mark comes
   */
  static async open(context: RuleContext, options: { observed?: boolean } = {}): Promise<Channel> {
    const observed = options.observed ?? true;
    if (!context.carriage) throw new Undecided('nothing was published yet');
    const channel = new Channel(context, await context.subscribe({ observed }), observed);
    await channel.#settle();
    return channel;
  }

  get exchange(): Exchange {
    return this.#exchange;
  }

  /** Publishes one event and gathers what it became. */
  async send(event: PublishedEvent): Promise<Delivery> {
    if (this.#exchange.end) await this.#reopen();
    const { bounds } = this.#context;
    const exchange = this.#exchange;
    exchange.blocks.length = 0;
    const outcome = await this.#context.publish(event);
    if (outcome.kind !== 'accepted') return { outcome, blocks: [], events: [], ended: false, exchange };
    const mark = await this.#publishMark();
    // A stream that never shows a mark is not waited for in full each time.
    const patience = this.#marksMissing > 2 ? bounds.event : Math.max(2000, bounds.event * 8);
    const found = await exchange.until(
      () => (this.#markIn(exchange.blocks, mark) || exchange.end ? true : undefined),
      patience,
    );
    if (!found) this.#marksMissing += 1;
    // Behind the mark is late, not lost.
    if (this.#blocks(exchange).length === 0) {
      await exchange.until(() => (this.#blocks(exchange).length > 0 || exchange.end ? true : undefined), bounds.event);
    }
    const blocks = this.#blocks(exchange);
    const ended = exchange.end !== undefined;
    // Where nothing came at all, only a plain event on a stream of its own shows that this event is to blame.
    if (!found && blocks.length === 0) await this.#reopen();
    return { outcome, blocks, events: blocks.filter((block) => block.dispatched), ended, exchange };
  }

  /** The values that an event's data may stand for: itself, or what it is as JSON where the server sends JSON. */
  readings(data: string): string[] {
    return this.#context.carriage.form === 'json' ? jsonReadings(data) : [data];
  }

  #blocks(exchange: Exchange): Arrival[] {
    const { target, observations, carriage } = this.#context;
    const own = new Set([...target.ownEventTypes, ...observations.ownEventTypes]);
    // A type that published events get tells nothing about who made the event.
    for (const type of ['message', ...carriage.types]) own.delete(type);
    return exchange.blocks.filter((block) => !own.has(block.type) && !this.#isMark(block));
  }

  #isMark(block: Arrival): boolean {
    return jsonReadings(block.data).some((reading) => reading.startsWith(markPrefix) || reading === nudge);
  }

  #markIn(blocks: readonly Arrival[], mark: string): boolean {
    return blocks.some((block) => jsonReadings(block.data).includes(mark));
  }

  /** Publishes a plain event that shows where the ones before it end. */
  async #publishMark(): Promise<string> {
    this.#marks += 1;
    const mark = `${markPrefix}${this.#context.seed}-${this.#marks}`;
    const outcome = await this.#context.publish({ data: mark });
    if (outcome.kind !== 'accepted') throw new Undecided(`a plain event was not accepted: ${outcome.reason}`);
    if (this.#context.carriage.heldBack) await this.#context.publish({ data: nudge });
    return mark;
  }

  /** Waits until a mark comes through, so that initial data and replays are past. */
  async #settle(): Promise<void> {
    const exchange = this.#exchange;
    const patience = Math.max(2000, this.#context.bounds.event * 8);
    const marks: string[] = [];
    // The first is lost where the server registers a stream only after its headers.
    for (let attempt = 0; attempt < 4; attempt += 1) {
      marks.push(await this.#publishMark());
      const came = () => marks.some((mark) => this.#markIn(exchange.blocks, mark));
      await exchange.until(() => (came() || exchange.end ? true : undefined), patience / 4);
      if (exchange.end) throw new Undecided('the stream ended before a plain event came through');
      if (came()) return;
    }
    throw new Undecided(`no plain event came through within ${patience} ms`);
  }

  async #reopen(): Promise<void> {
    this.#exchange.close();
    this.#exchange = await this.#context.subscribe({ observed: this.#observed });
    await this.#settle();
  }
}

/** A text and, where it is a JSON string, what that says. */
export function jsonReadings(data: string): string[] {
  if (!data.startsWith('"')) return [data];
  try {
    const parsed: unknown = JSON.parse(data);
    return typeof parsed === 'string' ? [data, parsed] : [data];
  } catch {
    return [data];
  }
}

/**
 * What data may arrive as. A lone surrogate is no character, so UTF-8 cannot carry it: U+FFFD stands for it, up to three
 * times where a decoder replaces each byte of a surrogate's own (ED A0 80), or the question mark of other languages, or
 * nothing.
 */
export function arrivalsOf(data: string): string[] {
  if (data.isWellFormed()) return [carriedData(data)];
  const replaced = [1, 2, 3].map((times) => '\ufffd'.repeat(times));
  return [...replaced, '?', ''].map((instead) => carriedData(data.replace(/\p{Surrogate}/gu, instead)));
}

/** Data as an event stream can carry it: CRLF and CR are line ends, and so arrive as LF (HTML 9.2.5). */
export function carriedData(data: string): string {
  return data.replace(/\r\n?/g, '\n').toWellFormed();
}
