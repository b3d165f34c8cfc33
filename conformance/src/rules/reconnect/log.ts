import type { Arrival, Exchange } from '../../access/exchange.ts';
import { Channel } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import type { PublishedEvent } from '../../target.ts';
import { Undecided } from '../../undecided.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';

/** An event that a client can resume after. */
export interface Entry {
  readonly number: number;
  readonly id: string;
  /** Events of the log up to and with this one. */
  readonly position: number;
  /** The stream that showed it, and where. */
  readonly seenOn: Exchange;
  readonly offset: number;
}

/** The id that a block itself carries; an empty one takes the last event ID away. */
export function idOf({ fields }: Pick<Arrival, 'fields'>): string | undefined {
  const id = fields.findLast(({ name, value }) => name === 'id' && !value.includes('\0'))?.value;
  return id === '' ? undefined : id;
}

/** What a rule published, in the order in which a stream that is always open, the witness, saw it. */
export class Log {
  readonly events: NumberedEvents;
  readonly #context: RuleContext;
  readonly #order: number[] = [];
  #entries: Entry[] = [];
  #witness: Exchange;
  #turn: Promise<unknown> = Promise.resolve();
  /** Where the server gives no ids, the publisher brings them. */
  #bringsIds = false;
  #idsStandApart = false;
  /** Times that an id in a block of its own was waited for in vain. */
  #vain = 0;
  /** How far back the server promises to replay, in events. */
  readonly reach: number;

  private constructor(context: RuleContext, witness: Exchange, tag: string) {
    this.#context = context;
    this.#witness = witness;
    this.events = new NumberedEvents(context, tag);
    this.reach = Math.max(0, (context.target.replay ?? 10) - 1);
  }

  /** @param tag tells the events of this log from those of other rules */
  static async open(context: RuleContext, tag: string): Promise<Log> {
    return new Log(context, (await Channel.open(context)).exchange, tag);
  }

  /** The stream that sees everything. */
  get witness(): Exchange {
    return this.#witness;
  }

  /** Events so far. */
  get length(): number {
    return this.#order.length;
  }

  /** Ids came in blocks of their own, behind events that carry none: a client has an id to resume after all the same. */
  get idsStandApart(): boolean {
    return this.#idsStandApart;
  }

  /** Forgets which ids were seen, so that an example stands for itself. */
  begin(): void {
    this.#entries = [];
  }

  /** Publishes one event and waits for it, so that no more than one is under way. Gives its number. */
  async append(fields: Omit<PublishedEvent, 'data'> = {}, padding = ''): Promise<number> {
    const [number = 0] = await this.#together([{ fields, padding }]);
    return number;
  }

  /** Publishes many events, no more of them under way than the window allows. */
  async appendMany(count: number, paddingOf: (index: number) => string = () => ''): Promise<void> {
    const { window } = this.#context.bounds;
    for (let done = 0; done < count && !this.#context.signal.aborted; done += window) {
      const size = Math.min(window, count - done);
      await this.#together(Array.from({ length: size }, (_, index) => ({ padding: paddingOf(done + index) })));
    }
  }

  /**
   * Publishes one event without a word of it to the log; `settle` takes note of it.
   * @returns its number, once it is accepted
   */
  launch(): Promise<number> {
    return this.#inTurn(() => this.events.publish(this.#ownId()));
  }

  /** Waits until the witness has events that were launched, and puts them in their place. */
  async settle(numbers: readonly number[]): Promise<void> {
    const arrivals: { number: number; arrival: Arrival }[] = [];
    for (const number of numbers) {
      const arrival = await this.events.arrival(this.#witness, number, patienceMs(this.#context));
      if (!arrival) throw new Undecided(`event ${number} was accepted and never arrived`);
      arrivals.push({ number, arrival });
    }
    arrivals.sort((a, b) => a.arrival.offset - b.arrival.offset);
    for (const { number, arrival } of arrivals) {
      this.#order.push(number);
      const id = idOf(arrival);
      const place = { position: this.#order.length, seenOn: this.#witness, offset: arrival.offset };
      if (id !== undefined) this.#entries.push({ number, id, ...place });
      else if (this.#context.carriage.id) this.#bringsIds = true;
    }
    await this.#settleIdApart();
  }

  /**
   * Where events carry no id, one in a block of its own may follow. When nothing of ours is under way, it can only mean
   * all up to now; one that comes before an event may mean this event or the one before, and is no place to resume at.
   */
  async #settleIdApart(): Promise<void> {
    const isQuiet = (): boolean => this.#order.length === this.events.published;
    if (!isQuiet() || this.#entries.at(-1)?.position === this.length) return;
    const ours = this.events.on(this.#witness);
    const [first, newest] = [ours[0], ours.at(-1)];
    if (!first || !newest) return;
    const seenOn = this.#witness;
    const behind = (after: number): { readonly id: string; readonly offset: number } | undefined =>
      seenOn.blocks
        .flatMap((block) => {
          const id = block.dispatched || block.offset <= after ? undefined : idOf(block);
          return id === undefined ? [] : { id, offset: block.offset };
        })
        .at(-1);
    this.#idsStandApart ||= behind(first.arrival.offset) !== undefined;
    if (!this.#idsStandApart) return;
    const { number, arrival } = newest;
    const patience = this.#vain < 3 ? this.#context.bounds.event : 0;
    const apart = await seenOn.until(() => behind(arrival.offset), patience);
    if (apart === undefined) this.#vain += 1;
    // One that was there before tells of an event before.
    const isNew = !seenOn.blocks.some((block) => block.offset <= arrival.offset && idOf(block) === apart?.id);
    if (apart !== undefined && isNew && isQuiet()) {
      this.#entries.push({ number, ...apart, position: this.length, seenOn });
    }
  }

  /** Numbers of the events behind a position, in their order. */
  behind(position: number): number[] {
    return this.#order.slice(position);
  }

  /** The events that a client can resume after, in their order. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The ids that were seen, in the order of their events. */
  ids(): string[] {
    return this.#entries.map(({ id }) => id);
  }

  /** The id of each event that carried one, by its number. */
  idByNumber(): ReadonlyMap<number, string> {
    return new Map(this.#entries.map(({ number, id }) => [number, id]));
  }

  /** Events up to and with the one that carried an id. */
  positionOf(id: string): number | undefined {
    return this.#entries.findLast((entry) => entry.id === id)?.position;
  }

  /** The event that many before the newest, or the oldest that is still within reach. */
  async entry(back: number): Promise<Entry | undefined> {
    const reachable = (): Entry[] => this.#entries.filter((entry) => this.isWithinReach(entry));
    // Ids may stand on some events only.
    for (let tries = 0; reachable().length === 0 && tries < 10; tries += 1) await this.append();
    const within = reachable().filter(({ position }) => this.length - position <= back);
    return within[0] ?? this.#entries.at(-1);
  }

  /**
   * Whether the server promises still to hold what came after an entry, as far as the witness can tell: events of others
   * take room too, and what came between two witnesses nobody has seen.
   * @param length events of the log that count
   */
  isWithinReach({ position, seenOn, offset }: Entry, length: number = this.length): boolean {
    if (seenOn !== this.#witness) return false;
    const { arrivals } = seenOn;
    const followedBy = arrivals.length - 1 - arrivals.findLastIndex((arrival) => arrival.offset <= offset);
    const byOthers = followedBy - (this.length - position);
    return length - position + Math.max(0, byOthers) <= this.reach;
  }

  /** The newest event with an id. @throws Undecided where events carry none */
  async newestEntry(): Promise<Entry> {
    const entry = await this.entry(0);
    if (!entry) throw new Undecided(`none of ${this.length} events carried an id: see reconnect/exact-resume`);
    return entry;
  }

  /** An event with an id that something came after, as far as that is within reach. @throws as `newestEntry` does */
  async pastEntry(): Promise<Entry> {
    const newest = await this.newestEntry();
    const entry = (await this.entry(1)) ?? newest;
    if (entry.position === this.length && this.reach > 0) await this.append();
    return entry;
  }

  /**
   * An event that the server no longer holds, going by what it promises to hold.
   * @param most events that may be published for it
   * @returns undefined where nothing is promised, or more than that
   */
  async expiredEntry(most: number): Promise<Entry | undefined> {
    const { replay } = this.#context.target;
    const entry = await this.newestEntry();
    if (replay === undefined || replay > most) return undefined;
    await this.appendMany(entry.position + replay + 1 - this.length);
    return entry;
  }

  async #together(
    events: readonly { readonly fields?: Omit<PublishedEvent, 'data'>; readonly padding: string }[],
  ): Promise<readonly number[]> {
    if (this.#witness.end) this.#witness = (await Channel.open(this.#context)).exchange;
    const numbers = await Promise.all(
      events.map(({ fields, padding }) =>
        this.#inTurn(() => this.events.publish({ ...this.#ownId(), ...fields }, padding)),
      ),
    );
    await this.settle(numbers);
    return numbers;
  }

  /**
   * Publishes at once, or where streams promise to agree on the order of one publisher alone, when the event before is
   * accepted: then there is one order all the same, and the witness's is that of every replay.
   */
  #inTurn<T>(publish: () => Promise<T>): Promise<T> {
    if (this.#context.target.order === 'total') return publish();
    const publishing = this.#turn.then(publish);
    this.#turn = publishing.catch(() => undefined);
    return publishing;
  }

  /** Called once for each event right before it is published. */
  #ownId(): { id?: string } {
    return this.#bringsIds ? { id: `${this.events.dataOf(this.events.published + 1)}-id` } : {};
  }
}
