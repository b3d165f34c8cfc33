import type { Arrival } from '../access/exchange.ts';
import type { Publish } from '../access/publisher.ts';
import { jsonReadings } from '../channel.ts';
import { Undecided } from '../undecided.ts';

/** What one publisher has published, one event after the other, so that their order is known. */
export class EventLog {
  readonly #prefix: string;
  #begun = 0;
  #accepted = 0;
  #large = 0;
  /** Events that the server refused; no stream gets them. */
  readonly refused: Set<number> = new Set();

  /** @param seed tells these events from those of other runs */
  constructor(seed: number) {
    this.#prefix = `ssert-model-${seed}-`;
  }

  /** The number of the newest event of which the publish has begun; the first has number 1. */
  get begun(): number {
    return this.#begun;
  }

  /** The number of the newest event that the server took. */
  get accepted(): number {
    return this.#accepted;
  }

  /** The newest event of many bytes, 0 where there was none. */
  get newestLarge(): number {
    return this.#large;
  }

  /** The data of the next event. */
  next(): string {
    return `${this.#prefix}${this.#begun + 1}`;
  }

  /**
   * Publishes the next event. A large one may be refused.
   * @throws Undecided where the server gives no answer, or refuses a plain event
   */
  async publish(publish: Publish, kib?: number): Promise<void> {
    const data = this.next();
    this.#begun += 1;
    const number = this.#begun;
    if (kib !== undefined) this.#large = number;
    const outcome = await publish({ data: kib === undefined ? data : `${data}-`.padEnd(kib * 1024, 'x') });
    if (outcome.kind === 'accepted') {
      this.#accepted = number;
      return;
    }
    if (outcome.kind === 'no-answer' || kib === undefined) {
      throw new Undecided(`a plain event was not accepted: ${outcome.reason}`);
    }
    this.refused.add(number);
  }

  /** The number of an event of ours; undefined for any other. */
  numberOf(arrival: Arrival): number | undefined {
    const data = jsonReadings(arrival.data).find((reading) => reading.startsWith(this.#prefix));
    return data === undefined ? undefined : Number.parseInt(data.slice(this.#prefix.length), 10);
  }
}
