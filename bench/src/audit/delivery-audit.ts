import { type Schedule, TopicTimes } from '../publisher/schedule.ts';
import { DelaySketches } from './delay-sketches.ts';
import { SeenWindow } from './seen-window.ts';
import type { Stamp } from './stamp.ts';

/** What an arriving event counts as. `other`: of another run or topic, or outside the measured phase. */
export type Counted = 'delivered' | 'duplicate' | 'reordered' | 'redelivered' | 'edge' | 'other';

/** What was counted on all streams of one receiver. */
export interface AuditTally {
  duplicate: number;
  redelivered: number;
  edge: number;
  corrupt: number;
  /** Stamps that tell another time than the schedule: somebody has changed them. */
  restamped: number;
}

/** One subscription: expected are the publishes due in [fromUs, toUs), less those of the outage inside. */
interface Subscription {
  readonly stream: number;
  fromUs: number;
  toUs: number;
}

/** What is due in [fromUs, toUs) of a subscription, a client may lack because it was away. */
interface Outage {
  readonly of: Subscription;
  readonly fromUs: number;
  toUs: number;
  /** Of the same subscription. */
  readonly before: Outage | undefined;
}

/** What one receiver has found. */
export interface StreamAudit {
  /** Per stream. */
  readonly expected: Uint32Array;
  readonly deliveredOf: Uint32Array;
  /** Mean delay of what was due while the client was there, us; 0 where nothing was delivered of that. */
  readonly meanUs: Float64Array;
  /** Over all streams. */
  readonly delivered: number;
  readonly lost: number;
  readonly lostAcrossReconnect: number;
}

/**
 * Holds what arrives against what was due on each stream. Times are us of `nowUs`. The
 * schedule tells when an event was due, and the stamp only which event it is, so a server gains nothing by
 * stamping anew.
 */
export class DeliveryAudit {
  readonly tally: AuditTally = {
    duplicate: 0,
    redelivered: 0,
    edge: 0,
    corrupt: 0,
    restamped: 0,
  };
  /** Per publish, when the first and the last stream of this receiver had it, but for replays; 0 where none. */
  readonly firstUs: Float64Array;
  readonly lastUs: Float64Array;
  /** Per publish, to how many streams it was delivered. */
  readonly reached: Uint32Array;
  /** Per publish, how many streams had a later one before. */
  readonly overtaken: Uint32Array;
  readonly delays: DelaySketches;
  readonly #schedule: Schedule;
  readonly #times: TopicTimes;
  readonly #seen: SeenWindow;
  readonly #topic: Uint16Array;
  readonly #current: (Subscription | undefined)[] = [];
  /** The latest of each stream's subscription. */
  readonly #outage: (Outage | undefined)[] = [];
  readonly #subscriptions: Subscription[] = [];
  readonly #outages: Outage[] = [];
  readonly #delivered: Uint32Array;
  /** Per publish, to how many streams it was delivered although it was due in an outage. */
  readonly #inOutage: Uint32Array;
  /** Of what was delivered to each stream, what was due while its client was away. */
  readonly #replayed: Uint32Array;
  readonly #sumUs: Float64Array;
  #beginUs = Number.POSITIVE_INFINITY;
  #fromUs = Number.POSITIVE_INFINITY;
  #toUs = Number.POSITIVE_INFINITY;

  /** @param topic of each stream */
  constructor(topic: Uint16Array, schedule: Schedule, topics: number) {
    const streams = topic.length;
    this.#topic = topic;
    this.#schedule = schedule;
    this.#times = new TopicTimes(schedule, topics);
    this.#seen = new SeenWindow(streams);
    this.#delivered = new Uint32Array(streams);
    this.#replayed = new Uint32Array(streams);
    this.#sumUs = new Float64Array(streams);
    this.delays = new DelaySketches(streams);
    this.firstUs = new Float64Array(schedule.atUs.length);
    this.lastUs = new Float64Array(schedule.atUs.length);
    this.#inOutage = new Uint32Array(schedule.atUs.length);
    this.overtaken = new Uint32Array(schedule.atUs.length);
    this.reached = new Uint32Array(schedule.atUs.length);
  }

  /** Only publishes due in [fromUs, toUs) count. */
  measure(fromUs: number, toUs: number): void {
    this.#fromUs = fromUs;
    this.#toUs = toUs;
  }

  /** A client is subscribed for sure from here on; what comes of before is edge. */
  subscribe(stream: number, fromUs: number): void {
    const subscription = { stream, fromUs, toUs: Number.POSITIVE_INFINITY };
    this.#current[stream] = subscription;
    this.#subscriptions.push(subscription);
    this.#outage[stream] = undefined;
    this.#seen.forget(stream);
  }

  /** The client has got an event, so it is subscribed for sure from here on. */
  surely(stream: number, fromUs: number): void {
    const current = this.#current[stream];
    if (current) current.fromUs = Math.min(current.fromUs, fromUs);
  }

  /** The client will leave: nothing due from here on is expected, but for what it has already. */
  leave(stream: number, toUs: number): void {
    const current = this.#current[stream];
    const last = this.#times.row(this.#topic[stream] ?? 0, this.#seen.next(stream) - 1);
    const hadUs = last === undefined ? 0 : this.#dueUs(last) + 1;
    if (current) current.toUs = Math.max(current.fromUs, toUs, hadUs);
  }

  /** Whether the client has got any event. */
  hasAny(stream: number): boolean {
    return this.#seen.next(stream) > 0;
  }

  /** The connection is gone, and the client means to come back. @param fromUs what is due from here on may have been on its way */
  lose(stream: number, fromUs: number): void {
    const of = this.#current[stream];
    const before = this.#outage[stream];
    if (!of || before?.toUs === Number.POSITIVE_INFINITY) return;
    const outage = { of, fromUs: Math.max(fromUs, before?.toUs ?? 0), toUs: Number.POSITIVE_INFINITY, before };
    this.#outage[stream] = outage;
    this.#outages.push(outage);
    this.#had(stream, outage.fromUs);
  }

  /** The client is back, and subscribed for sure from here on. */
  comeBack(stream: number, toUs: number): void {
    const outage = this.#outage[stream];
    if (outage) outage.toUs = toUs;
  }

  /** Publishing begins. */
  begin(beginUs: number): void {
    this.#beginUs = beginUs;
  }

  take(stream: number, stamp: Stamp, nowUs: number): Counted {
    const row = stamp.topic === this.#topic[stream] ? this.#times.row(stamp.topic, stamp.seq) : undefined;
    if (row === undefined) return 'other';
    const dueUs = this.#dueUs(row);
    const arrival = this.#seen.take(stream, stamp.seq);
    if (dueUs < this.#fromUs || dueUs >= this.#toUs) return 'other';
    // Whole microseconds went into the stamp.
    if (Math.abs(stamp.intendedUs - dueUs) > 1) this.tally.restamped += 1;
    if (arrival === 'duplicate' || arrival === 'old') {
      // What was published once the client was back, nobody had to replay.
      const kind = this.replays(stream, dueUs) ? 'redelivered' : 'duplicate';
      this.tally[kind] += 1;
      return kind;
    }
    const current = this.#current[stream];
    if (!current || dueUs < current.fromUs || dueUs >= current.toUs) {
      this.tally.edge += 1;
      return 'edge';
    }
    if (this.#duringOutage(stream, dueUs)) this.#inOutage[row] = (this.#inOutage[row] ?? 0) + 1;
    this.#delivered[stream] = (this.#delivered[stream] ?? 0) + 1;
    this.reached[row] = (this.reached[row] ?? 0) + 1;
    if (this.replays(stream, dueUs)) this.#replayed[stream] = (this.#replayed[stream] ?? 0) + 1;
    else this.#time(stream, row, nowUs);
    if (arrival === 'reordered') {
      this.overtaken[row] = (this.overtaken[row] ?? 0) + 1;
      return 'reordered';
    }
    return 'delivered';
  }

  /** Whether what comes now was due before the client was back for sure: what its absence delays is not the server's doing. */
  replays(stream: number, dueUs: number): boolean {
    return dueUs < (this.#outage[stream]?.toUs ?? 0);
  }

  /** When a stamped event was due; undefined where it is none of this schedule. */
  dueUs(stamp: Stamp): number | undefined {
    const row = this.#times.row(stamp.topic, stamp.seq);
    return row === undefined ? undefined : this.#dueUs(row);
  }

  /**
   * What was expected of each stream, and what came.
   * @param uncounted rows of the schedule that the server did not take, or that nobody can tell who had to get them
   */
  streams(uncounted: readonly number[]): StreamAudit {
    const streams = this.#topic.length;
    const expected = new Uint32Array(streams);
    const left = uncounted.map((row) => [this.#schedule.topic[row] ?? 0, this.#schedule.atUs[row] ?? 0] as const);
    const due = (stream: number, fromUs: number, toUs: number): number => {
      const from = Math.max(fromUs, this.#fromUs) - this.#beginUs;
      const to = Math.min(toUs, this.#toUs) - this.#beginUs;
      if (!(from < to)) return 0;
      const topic = this.#topic[stream] ?? 0;
      const none = left.filter(([of, atUs]) => of === topic && atUs >= from && atUs < to).length;
      return this.#times.between(topic, from, to) - none;
    };
    for (const { stream, fromUs, toUs } of this.#subscriptions)
      expected[stream] = (expected[stream] ?? 0) + due(stream, fromUs, toUs);
    let away = 0;
    for (const { of, fromUs, toUs } of this.#outages)
      away += due(of.stream, Math.max(fromUs, of.fromUs), Math.min(toUs, of.toUs));
    const total = (counts: Uint32Array): number => counts.reduce((sum, count) => sum + count, 0);
    const counted = (rows: Uint32Array): number =>
      total(rows) - uncounted.reduce((sum, row) => sum + (rows[row] ?? 0), 0);
    const delivered = counted(this.reached);
    const missing = Math.max(0, total(expected) - delivered);
    const missingAway = Math.max(0, away - counted(this.#inOutage));
    const lostAcrossReconnect = Math.min(missing, missingAway);
    return {
      expected,
      deliveredOf: this.#delivered,
      meanUs: this.#sumUs.map(
        (sum, stream) => sum / Math.max(1, (this.#delivered[stream] ?? 0) - (this.#replayed[stream] ?? 0)),
      ),
      delivered,
      lost: missing - lostAcrossReconnect,
      lostAcrossReconnect,
    };
  }

  #time(stream: number, row: number, nowUs: number): void {
    const delayUs = nowUs - this.#dueUs(row);
    this.#sumUs[stream] = (this.#sumUs[stream] ?? 0) + delayUs;
    this.delays.record(stream, delayUs);
    if (this.firstUs[row] === 0) this.firstUs[row] = nowUs;
    this.lastUs[row] = nowUs;
  }

  /** What the stream has of what is due in the outage that begins, it does not lack. */
  #had(stream: number, fromUs: number): void {
    const topic = this.#topic[stream] ?? 0;
    let seq = this.#times.between(topic, 0, fromUs - this.#beginUs);
    for (; seq < this.#seen.next(stream); seq += 1) {
      const row = this.#times.row(topic, seq);
      if (row !== undefined && this.#seen.has(stream, seq) && this.#isExpected(stream, this.#dueUs(row)))
        this.#inOutage[row] = (this.#inOutage[row] ?? 0) + 1;
    }
  }

  #isExpected(stream: number, dueUs: number): boolean {
    const current = this.#current[stream];
    return (
      current !== undefined &&
      dueUs >= Math.max(current.fromUs, this.#fromUs) &&
      dueUs < Math.min(current.toUs, this.#toUs)
    );
  }

  #duringOutage(stream: number, dueUs: number): boolean {
    let outage = this.#outage[stream];
    while (outage && dueUs < outage.fromUs) outage = outage.before;
    return outage !== undefined && dueUs < outage.toUs;
  }

  #dueUs(row: number): number {
    return this.#beginUs + (this.#schedule.atUs[row] ?? 0);
  }
}
