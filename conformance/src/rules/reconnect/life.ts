import type { Arrival, Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { FreshServer, RuleContext } from '../../context.ts';
import { Undecided } from '../../undecided.ts';
import { patienceMs } from '../numbered-events.ts';
import { idOf } from './log.ts';

/** An event of ours, counted from 1 within its life. */
export interface LifeEvent {
  readonly number: number;
  readonly id: string | undefined;
}

/** All that was published on one process of a server, with the ids that a stream saw. */
export class Life {
  readonly server: FreshServer;
  readonly events: LifeEvent[] = [];
  readonly #context: RuleContext;
  readonly #witness: Exchange;
  readonly #prefix: string;
  #bringsIds: boolean;

  private constructor(context: RuleContext, server: FreshServer, witness: Exchange, name: string, bringsIds: boolean) {
    this.#context = context;
    this.server = server;
    this.#witness = witness;
    this.#prefix = `ssert-${name}-${context.seed}-`;
    this.#bringsIds = bringsIds;
  }

  /**
   * Opens a stream that sees each event, and publishes until one came.
   * @param name no other life's, and no part of it
   * @param bringsIds the server gives no ids, so that the publisher has to
   * @throws Undecided where no plain event comes through
   */
  static async begin(context: RuleContext, server: FreshServer, name: string, bringsIds: boolean): Promise<Life> {
    if (context.carriage.heldBack) {
      throw new Undecided('the last event always waits for the next one: see delivery/lone-event-prompt');
    }
    const witness = await context.subscribe({ server, observed: false });
    const life = new Life(context, server, witness, name, bringsIds);
    // The first is lost where the server registers a stream only after its headers.
    for (let attempt = 0; attempt < 4; attempt += 1) {
      if (await life.#append(patienceMs(context) / 4)) return life;
    }
    throw new Undecided(`no plain event came through within ${patienceMs(context)} ms`);
  }

  get bringsIds(): boolean {
    return this.#bringsIds;
  }

  get newest(): LifeEvent | undefined {
    return this.events.at(-1);
  }

  /** Publishes one event and waits for it. @throws Undecided where it does not come */
  async publish(): Promise<LifeEvent> {
    const event = await this.#append(patienceMs(this.#context));
    if (!event) throw new Undecided(`event ${this.events.length} was accepted and never arrived`);
    return event;
  }

  /** Publishes until one event came on a stream as well; the first may be lost there. */
  async comesLive(stream: Exchange): Promise<boolean> {
    const patience = patienceMs(this.#context);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const { number } = await this.publish();
      if (await this.#arrival(stream, number, patience / 4)) return true;
      if (stream.end) return false;
    }
    return false;
  }

  /** Events of this life on a stream, by number, in their order. */
  on(stream: Exchange): number[] {
    return stream.arrivals.flatMap((arrival) => this.#numberOf(arrival) ?? []);
  }

  async #append(timeoutMs: number): Promise<LifeEvent | undefined> {
    const number = this.events.length + 1;
    const id = this.#bringsIds ? { id: `${this.#prefix}id-${number}` } : {};
    const outcome = await this.server.publish({ data: `${this.#prefix}${number}`, ...id });
    if (outcome.kind !== 'accepted') throw new Undecided(`a plain event was not accepted: ${outcome.reason}`);
    const arrival = await this.#arrival(this.#witness, number, timeoutMs);
    const event = { number, id: arrival && idOf(arrival) };
    this.events.push(event);
    if (arrival && event.id === undefined && this.#context.carriage.id) this.#bringsIds = true;
    return arrival && event;
  }

  async #arrival(stream: Exchange, number: number, timeoutMs: number): Promise<Arrival | undefined> {
    const find = (): Arrival | undefined => stream.arrivals.findLast((one) => this.#numberOf(one) === number);
    return (await stream.until(() => find() ?? (stream.end ? null : undefined), timeoutMs)) ?? undefined;
  }

  #numberOf({ data }: Arrival): number | undefined {
    const ours = jsonReadings(data).find((reading) => reading.startsWith(this.#prefix));
    return ours === undefined ? undefined : Number(ours.slice(this.#prefix.length));
  }
}
