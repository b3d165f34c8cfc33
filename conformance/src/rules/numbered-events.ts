import type { Arrival, Exchange } from '../access/exchange.ts';
import type { PublishOutcome } from '../access/publisher.ts';
import { jsonReadings } from '../channel.ts';
import type { Place, RuleContext } from '../context.ts';
import type { PublishedEvent } from '../target.ts';
import { Undecided } from '../undecided.ts';

/** An event of ours as it arrived. */
export interface NumberedArrival {
  readonly number: number;
  readonly arrival: Arrival;
}

/** A stream by any version of HTTP. */
export type EventLane = Pick<Exchange, 'arrivals' | 'until' | 'end'>;

/** Plain events of one rule, known again by their data among whatever else a stream carries. */
export class NumberedEvents {
  readonly #context: RuleContext;
  readonly #prefix: string;
  readonly #place: Place | undefined;
  #published = 0;

  /**
   * @param tag tells these events from those of other rules
   * @param place where they are published, if not where the run's own are
   * @throws Undecided where the first plain event of the run did not come through by itself
   */
  constructor(context: RuleContext, tag: string, place?: Place) {
    if (context.carriage.heldBack) {
      throw new Undecided('the last event always waits for the next one: see delivery/lone-event-prompt');
    }
    this.#context = context;
    this.#place = place;
    this.#prefix = `ssert-${tag}-${context.seed}-`;
  }

  /** The number of events published so far; the last one has this number. */
  get published(): number {
    return this.#published;
  }

  /**
   * Publishes the next event and gives its number, from 1 up.
   * @param padding makes the event longer; must not begin with a digit
   * @throws Undecided where it was not accepted
   */
  async publish(fields: Omit<PublishedEvent, 'data'> = {}, padding = ''): Promise<number> {
    const { number, outcome } = this.begin(fields, padding);
    const told = await outcome;
    if (told.kind !== 'accepted') throw new Undecided(`a plain event was not accepted: ${told.reason}`);
    return number;
  }

  /** The same, where the caller waits for what becomes of it. */
  begin(
    fields: Omit<PublishedEvent, 'data'> = {},
    padding = '',
  ): { readonly number: number; readonly outcome: Promise<PublishOutcome> } {
    this.#published += 1;
    const number = this.#published;
    const event = { data: `${this.dataOf(number)}${padding}`, ...fields };
    return { number, outcome: this.#place ? this.#place.publish(event) : this.#context.publish(event) };
  }

  dataOf(number: number): string {
    return `${this.#prefix}${number}`;
  }

  /** What arrived on a stream, in its order. */
  on(exchange: EventLane): NumberedArrival[] {
    return exchange.arrivals.flatMap((arrival) => {
      const number = this.numberOf(arrival);
      return number === undefined ? [] : [{ number, arrival }];
    });
  }

  /** Waits for an event on a stream; undefined where it is not there after `timeoutMs` or when the stream ends. */
  async arrival(exchange: EventLane, number: number, timeoutMs: number): Promise<Arrival | undefined> {
    // It is among the latest, if it is there.
    const find = (): Arrival | undefined => exchange.arrivals.findLast((arrival) => this.numberOf(arrival) === number);
    return (await exchange.until(() => find() ?? (exchange.end ? null : undefined), timeoutMs)) ?? undefined;
  }

  /** The number of an event of ours; undefined for any other. */
  numberOf(arrival: Arrival): number | undefined {
    const data = jsonReadings(arrival.data).find((reading) => reading.startsWith(this.#prefix));
    return data === undefined ? undefined : Number.parseInt(data.slice(this.#prefix.length), 10);
  }
}

/** How long an event is waited for before it is said to be missing, in ms: many times the bound. */
export function patienceMs({ bounds }: RuleContext): number {
  return Math.max(2000, bounds.event * 8);
}
