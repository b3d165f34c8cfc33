import type { Exchange } from '../access/exchange.ts';
import { idOf } from '../rules/reconnect/log.ts';
import type { Client } from './command.ts';
import type { EventLog } from './event-log.ts';
import type { StreamRecord } from './history.ts';

/** An event that a client has, with its id. */
export interface Held {
  readonly number: number;
  readonly id: string;
}

/** One stream while a history is played: what it got, and what it may be without. */
export class ModelStream {
  readonly client: Client | 'fresh';
  readonly turn: number;
  readonly exchange: Exchange;
  readonly resumedAfter: number | undefined;
  readonly #log: EventLog;
  readonly #newestAtSend: number;
  readonly #acceptedAtSend: number;
  #newestAtHead: number;
  readonly #received: number[] = [];
  readonly #held: Held[] = [];
  readonly #idsOfOthers = new Set<string>();
  readonly #excused = new Set<number>();
  #read = 0;
  #closed = false;
  stalled = false;
  /** It did not show events within their time, so nobody waits for it until it shows one. */
  #slow = false;
  /** The newest event that had its time to arrive. */
  #hadTimeFor = 0;

  constructor(
    client: Client | 'fresh',
    turn: number,
    exchange: Exchange,
    log: EventLog,
    resumedAfter: number | undefined,
  ) {
    this.client = client;
    this.turn = turn;
    this.exchange = exchange;
    this.resumedAfter = resumedAfter;
    this.#log = log;
    this.#newestAtSend = log.begun;
    this.#acceptedAtSend = log.accepted;
    this.#newestAtHead = log.begun;
  }

  /** The headers are there. */
  opened(): void {
    this.#newestAtHead = this.#log.begun;
  }

  /** It began with an event that was accepted before it was asked for: initial data. */
  get greeted(): boolean {
    return (this.received[0] ?? Number.POSITIVE_INFINITY) <= this.#acceptedAtSend;
  }

  get newestAtHead(): number {
    return this.#newestAtHead;
  }

  get open(): boolean {
    return !this.#closed && this.exchange.end === undefined && this.exchange.isEventStream;
  }

  /** Closed, ended or refused: nothing more will come. Not so while its headers are still awaited. */
  get over(): boolean {
    return this.#closed || this.exchange.end !== undefined || (this.exchange.head !== undefined && !this.open);
  }

  get slow(): boolean {
    this.#catchUp();
    return this.#slow;
  }

  get received(): readonly number[] {
    this.#catchUp();
    return this.#received;
  }

  /** Events with an id, as they came. */
  get held(): readonly Held[] {
    this.#catchUp();
    return this.#held;
  }

  /** Ids of events that are not of the history: what the server keeps for them it does not keep for ours. */
  get idsOfOthers(): ReadonlySet<string> {
    this.#catchUp();
    return this.#idsOfOthers;
  }

  /** Events published since it was opened that it has not shown yet. */
  get underWay(): number {
    return this.#log.begun - Math.max(this.#newestAtSend, this.#hadTimeFor, this.received.at(-1) ?? 0);
  }

  /** It was given the time for all events so far: those that it did not show are late or lost, and not under way. */
  hadTime(): void {
    this.#slow = true;
    this.#hadTimeFor = this.#log.begun;
  }

  /** Takes note that another event is on its way to it: where that makes too many, it may lack any of them. */
  noteUnderWay(window: number): void {
    const { begun } = this.#log;
    const behind = this.underWay;
    if (behind <= window) return;
    for (let number = begun - behind + 1; number <= begun; number += 1) this.#excused.add(number);
  }

  /** What came before the client left counts, what comes later does not. */
  close(how: 'fin' | 'reset' | 'silence'): void {
    this.#catchUp();
    this.#closed = true;
    if (how === 'silence') this.exchange.stall();
    else this.exchange.close(how);
  }

  record(promise: StreamRecord['promise']): StreamRecord {
    const received = this.received;
    const { client, turn, resumedAfter, open } = this;
    return {
      client,
      turn,
      resumedAfter,
      newestAtHead: this.#newestAtHead,
      promise,
      received: [...received],
      excused: new Set([...this.#excused, ...this.#log.refused]),
      state: this.#state(),
      owedUpTo: open ? this.#log.begun : Math.max(0, ...received),
    };
  }

  #state(): StreamRecord['state'] {
    if (!this.exchange.isEventStream) return 'refused';
    if (this.#closed) return 'closed';
    return this.exchange.end === undefined ? 'open' : 'ended by the server';
  }

  #catchUp(): void {
    if (this.#closed) return;
    const { arrivals } = this.exchange;
    for (; this.#read < arrivals.length; this.#read += 1) {
      const arrival = arrivals[this.#read];
      if (!arrival) continue;
      const number = this.#log.numberOf(arrival);
      const id = idOf(arrival);
      if (number === undefined) {
        if (id !== undefined) this.#idsOfOthers.add(id);
        continue;
      }
      this.#slow = false;
      this.#received.push(number);
      if (id !== undefined) this.#held.push({ number, id });
    }
  }
}
