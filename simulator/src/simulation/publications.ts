import { encodeEvent } from '@ssert/protocol';
import type { Publication } from './scenario.ts';

const utf8 = new TextEncoder();

/** What is known from outside of one event. */
export interface Published {
  readonly data: string;
  readonly type: string;
  readonly retry: number | undefined;
  /** The server's life that was called. */
  readonly life: number;
  readonly calledAtMs: number;
  /** Its id once it was acknowledged. */
  id: string | undefined;
  /** `refused`: not acknowledged, so it may or may not be in the log. */
  state: 'pending' | 'acknowledged' | 'refused';
}

/** Characters of one to four bytes, so that cuts go through them. */
const paddingOf = 'aé€𝛑';

/** The data of the event with a number. */
function dataOf(number: number, padding: number): string {
  if (padding === 0) return `{"id":${number}}`;
  return `{"id":${number},"padding":"${paddingOf.repeat(Math.ceil(padding / paddingOf.length))}"}`;
}

/** The publications of a run, as their publisher knows them: by number, in the order of the calls. */
export class Publications {
  readonly list: Published[] = [];
  /** Numbers of the acknowledged ones of each life, and the bytes of all of them up to each. */
  readonly #lives = new Map<number, { readonly place: Map<number, number>; readonly bytesUpTo: number[] }>();
  #refused = 0;
  /** In the order in which they were acknowledged, which is that of the calls. */
  readonly #acknowledged: number[] = [];

  /** @returns its number */
  call({ type = 'message', padding = 0, retry }: Publication, life: number, nowMs: number): number {
    const number = this.list.length;
    this.list.push({
      data: dataOf(number, padding),
      type,
      retry,
      life,
      calledAtMs: nowMs,
      id: undefined,
      state: 'pending',
    });
    return number;
  }

  acknowledge(number: number, id: string): void {
    const published = this.list[number] as Published;
    published.state = 'acknowledged';
    published.id = id;
    this.#acknowledged.push(number);
    let life = this.#lives.get(published.life);
    if (life === undefined) {
      life = { place: new Map(), bytesUpTo: [] };
      this.#lives.set(published.life, life);
    }
    life.place.set(number, life.bytesUpTo.length);
    const { data, type, retry } = published;
    const fields = { data, id, ...(type !== 'message' && { event: type }), ...(retry !== undefined && { retry }) };
    life.bytesUpTo.push((life.bytesUpTo.at(-1) ?? 0) + utf8.encode(encodeEvent(fields)).length);
  }

  refuse(number: number): void {
    this.#refused += 1;
    (this.list[number] as Published).state = 'refused';
  }

  /** The number that stands in an event's data; undefined where it is the data of no publication. */
  numberIn(data: string): number | undefined {
    const number = Number.parseInt(data.slice(6, 18), 10);
    return this.list[number]?.data === data ? number : undefined;
  }

  get refusedCount(): number {
    return this.#refused;
  }

  /** Numbers of those that wait for an answer. */
  get pending(): number[] {
    return this.list.flatMap(({ state }, number) => (state === 'pending' ? number : []));
  }

  /** How many were called up to a time. */
  calledBy(timeMs: number): number {
    return firstPlace(this.list.length, (place) => (this.list[place] as Published).calledAtMs > timeMs);
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.length;
  }

  /** How many acknowledged events have this number or a later one. */
  acknowledgedFrom(number: number): number {
    const earlier = firstPlace(this.#acknowledged.length, (at) => (this.#acknowledged[at] as number) >= number);
    return this.#acknowledged.length - earlier;
  }

  /** Whether a memory of these bounds still holds an event of this life. */
  isHeld(number: number, life: number, maxEvents: number, maxBytes: number): boolean {
    const { place, bytesUpTo } = this.#lives.get(life) ?? {};
    const at = place?.get(number);
    if (at === undefined || bytesUpTo === undefined) return false;
    if (at === bytesUpTo.length - 1) return true;
    const bytes = (bytesUpTo.at(-1) ?? 0) - (bytesUpTo[at - 1] ?? 0);
    return bytesUpTo.length - at <= maxEvents && bytes <= maxBytes;
  }
}

/** The first place of a sorted list from which on something holds; its length where that is nowhere. */
function firstPlace(length: number, holds: (place: number) => boolean): number {
  let least = 0;
  let most = length;
  while (least < most) {
    const middle = (least + most) >> 1;
    if (holds(middle)) most = middle;
    else least = middle + 1;
  }
  return least;
}
