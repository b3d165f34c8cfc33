import { seededRandom } from '@ssert/protocol';
import { DeliveryAudit } from '../audit/delivery-audit.ts';
import { openingSeq, type Stamp } from '../audit/stamp.ts';
import { Departures } from './departures.ts';
import { EventScanner, type EventSink } from './event-scanner.ts';
import { Http1Wire } from './http1-wire.ts';
import { Http2Wire } from './http2-wire.ts';
import { histogramsOf, ReceiverCounters, type ReceiverMemory, type ReceiverSummary } from './receiver-memory.ts';
import { graceUs, type ReceiverCommand, type ReceiverPlan } from './receiver-plan.ts';
import { summaryOf } from './receiver-summary.ts';
import { ReconnectLog } from './reconnections.ts';
import { TimingWheel } from './timing-wheel.ts';
import type { Wire, WireEvents } from './wire.ts';

/** What a stream is doing. */
const STATE = { planned: 0, connecting: 1, refused: 2, open: 3, waiting: 4, over: 5 } as const;

/** `EventSource` leaves it to the browser; most wait this long. */
export const defaultRetryMs = 3000;
/** A longer one is not waited for. */
export const longestRetryMs = 600_000;
/** Without an answer by then, a connect has failed. */
export const connectTimeoutUs = 30e6;
/** An event that comes so soon behind the head was sent along with it. */
const alongUs = 10_000;
/** How exact connects, pauses and departures are. */
export const tickUs = 1000;

/** Holds streams and audits what comes on them, on a clock that somebody else ticks. */
export interface StreamReceiver {
  /** Whether a stream waits for a moment that `tick` must notice. */
  readonly waits: boolean;
  /** Does what is due. */
  tick(): void;
  take(command: Exclude<ReceiverCommand, { kind: 'finish' }>): void;
  /** Ends every connection. @param uncounted rows of the schedule that are in no count */
  finish(uncounted: readonly number[]): ReceiverSummary;
}

/** Holds many streams and audits what comes on them. Everything happens in `tick` and in what the wire tells. */
export class Receiver implements StreamReceiver, WireEvents, EventSink {
  readonly #plan: ReceiverPlan;
  readonly #now: () => number;
  readonly #wire: Wire;
  readonly #scanner: EventScanner;
  readonly #audit: DeliveryAudit;
  readonly #counters: ReceiverCounters;
  readonly #histograms: ReturnType<typeof histogramsOf>;
  readonly #wheel: TimingWheel;
  readonly #departures: Departures;
  readonly #state: Uint8Array;
  /** Had an answer, on any of its connections. */
  readonly #answered: Uint8Array;
  readonly #intendedUs: Float64Array;
  readonly #headUs: Float64Array;
  readonly #eventUs: Float64Array;
  readonly #connectUs: Float64Array;
  readonly #retryMs: Uint32Array;
  readonly #readBytes: Float64Array;
  readonly #endedUs: Float64Array;
  /** Leaves before the head, once its connection stands. */
  readonly #leavingEarly: Uint8Array;
  /** Resumes on its next connection. */
  readonly #comingBack: Uint8Array;
  /** Once it leaves, it will come back. */
  readonly #returning: Uint8Array;
  readonly #reconnections: ReconnectLog | undefined;
  #beginUs = Number.POSITIVE_INFINITY;
  #readUs = 0;
  #holding = false;

  constructor(
    plan: ReceiverPlan,
    memory: ReceiverMemory,
    now: () => number,
    wireOf: (plan: ReceiverPlan, events: WireEvents) => Wire = wireFor,
  ) {
    const streams = plan.streams.length;
    this.#plan = plan;
    this.#now = now;
    this.#counters = new ReceiverCounters(memory);
    this.#histograms = histogramsOf(memory);
    const comesBack = plan.reconnect !== undefined || (plan.churn?.resuming ?? 0) > 0;
    this.#scanner = new EventScanner(streams, this, { ids: comesBack });
    this.#audit = new DeliveryAudit(
      Uint16Array.from(plan.streams, ({ topic }) => topic),
      plan.schedule,
      plan.topics.length,
    );
    this.#wheel = new TimingWheel(streams, plan.originUs, tickUs);
    this.#reconnections = plan.reconnect && new ReconnectLog();
    this.#departures = new Departures(plan.churn, seededRandom(plan.seed));
    this.#state = new Uint8Array(streams);
    this.#answered = new Uint8Array(streams);
    this.#intendedUs = new Float64Array(streams);
    this.#headUs = new Float64Array(streams);
    this.#eventUs = new Float64Array(streams);
    this.#connectUs = new Float64Array(streams);
    this.#retryMs = new Uint32Array(streams).fill(defaultRetryMs);
    this.#readBytes = new Float64Array(streams);
    this.#endedUs = new Float64Array(streams);
    this.#leavingEarly = new Uint8Array(streams);
    this.#comingBack = new Uint8Array(streams);
    this.#returning = new Uint8Array(streams);
    this.#wire = wireOf(plan, this);
    for (const [stream, { connectAtUs }] of plan.streams.entries())
      this.#wheel.set(stream, plan.originUs + connectAtUs);
  }

  get waits(): boolean {
    return this.#wheel.pending > 0;
  }

  tick(): void {
    this.#wheel.advance(this.#now(), (stream, dueUs) => this.#due(stream, dueUs));
  }

  take(command: Exclude<ReceiverCommand, { kind: 'finish' }>): void {
    if (command.kind === 'begin') {
      this.#beginUs = command.beginUs;
      this.#audit.begin(command.beginUs);
    } else if (command.kind === 'measure') this.#audit.measure(command.fromUs, command.toUs);
    else if (command.kind === 'hold') this.#holding = true;
  }

  finish(uncounted: readonly number[]): ReceiverSummary {
    this.#holding = true;
    const reconnections = this.#reconnections?.all();
    const summary = summaryOf(this.#plan, this.#audit, uncounted, reconnections, this.#readBytes, this.#endedUs);
    for (let stream = 0; stream < this.#state.length; stream += 1) {
      const state = this.#state[stream];
      const open = state === STATE.open || state === STATE.connecting || state === STATE.refused;
      this.#state[stream] = STATE.over;
      this.#wheel.drop(stream);
      if (open) this.#wire.close(stream, 'rst');
    }
    return summary;
  }

  connected(stream: number): void {
    this.#counters.add('connected');
    this.#histograms.connect.record(this.#now() - (this.#intendedUs[stream] ?? 0));
    if (this.#leavingEarly[stream] === 0 || this.#holding) return;
    this.#counters.add('leftEarly');
    this.#depart(stream);
  }

  head(stream: number, ok: boolean): void {
    this.#answer(stream, ok);
    if (!ok) {
      this.#counters.add('refused');
      this.#reconnections?.refused(this.#now());
      this.#state[stream] = STATE.refused;
      return;
    }
    const nowUs = this.#now();
    const tookUs = nowUs - (this.#intendedUs[stream] ?? 0);
    this.#histograms.ttfh.record(tookUs);
    this.#counters.add('ok');
    this.#counters.add('open');
    this.#state[stream] = STATE.open;
    this.#headUs[stream] = nowUs;
    this.#eventUs[stream] = 0;
    // Some servers send the head before they subscribe the stream: two round trips later they have.
    const surelyUs = nowUs + 2 * (nowUs - (this.#connectUs[stream] ?? nowUs));
    if (this.#comingBack[stream] === 1) {
      this.#audit.comeBack(stream, surelyUs);
      this.#reconnections?.back(this.#plan.streams[stream]?.number ?? 0, nowUs);
      this.#counters.add('reconnected');
    } else if (this.#plan.streams[stream]?.bytesPerS === undefined) this.#audit.subscribe(stream, surelyUs);
    this.#comesBack(stream, false);
    const staysUs = this.#holding ? undefined : this.#departures.staysUs();
    if (staysUs === undefined) {
      this.#wheel.drop(stream);
      return;
    }
    this.#wheel.set(stream, nowUs + staysUs);
    this.#returning[stream] = this.#departures.comesBack() ? 1 : 0;
    // What is due shortly before it leaves may be on its way then.
    if (this.#returning[stream] === 0) this.#audit.leave(stream, nowUs + staysUs - graceUs);
  }

  content(stream: number, bytes: Uint8Array, from: number, to: number): void {
    this.#readUs = this.#now();
    this.#scanner.feed(stream, bytes, from, to);
  }

  read(stream: number, bytes: number): boolean {
    this.#counters.add('bytes', bytes);
    const pace = this.#plan.streams[stream]?.bytesPerS;
    if (pace === undefined) return true;
    this.#readBytes[stream] = (this.#readBytes[stream] ?? 0) + bytes;
    if (this.#state[stream] !== STATE.open) return true;
    if (pace > 0) this.#wheel.set(stream, this.#now() + (bytes / pace) * 1e6);
    return false;
  }

  closed(stream: number): void {
    const state = this.#state[stream];
    if (state === STATE.over || state === STATE.waiting) return;
    const wasOpen = state === STATE.open;
    if (wasOpen) {
      this.#counters.add('open', -1);
      this.#counters.add('dropped');
      this.#endedUs[stream] = this.#now();
    } else if (state === STATE.connecting) {
      this.#counters.add('failed');
      this.#reconnections?.refused(this.#now());
      this.#answer(stream, false);
    }
    this.#wheel.drop(stream);
    const { reconnect, churn } = this.#plan;
    // Where clients leave and come, who was not let in tries again: else the server would have ever less to do.
    const triesAgain = reconnect !== undefined || (churn !== undefined && !wasOpen);
    if (!triesAgain || this.#holding) {
      // What is due from here on is lost: nobody has left.
      this.#state[stream] = STATE.over;
      this.#comesBack(stream, false);
      return;
    }
    if (wasOpen) this.#audit.lose(stream, this.#now() - graceUs);
    if (wasOpen) this.#comesBack(stream, true);
    const waitUs = (this.#retryMs[stream] ?? defaultRetryMs) * 1000;
    this.#wait(stream, this.#now() + (reconnect?.jitter === 'full' ? this.#departures.part(waitUs) : waitUs));
  }

  event(stream: number, stamp: Stamp | undefined, whole: boolean): void {
    const nowUs = this.#readUs;
    this.#counters.add('events');
    const lastUs = this.#eventUs[stream] ?? 0;
    if (lastUs > 0) this.#histograms.gap.record(nowUs - lastUs);
    else if (!this.#waitedForUs(stream, stamp)) {
      this.#histograms.ttfe.record(nowUs - (this.#intendedUs[stream] ?? 0));
    }
    this.#eventUs[stream] = nowUs;
    if (!whole) this.#audit.tally.corrupt += 1;
    if (!whole || !stamp || stamp.run !== this.#plan.run) return;
    if (stamp.seq === openingSeq) {
      this.#audit.surely(stream, nowUs);
      if (lastUs === 0 && nowUs - (this.#headUs[stream] ?? 0) < alongUs) this.#counters.add('openedByEvents');
      return;
    }
    // Who reads slowly has nobody else to blame: only what the others get is audited.
    if (this.#plan.streams[stream]?.bytesPerS !== undefined) return;
    const dueUs = this.#audit.dueUs(stamp);
    if (dueUs === undefined) return;
    this.#counters.add('deliveries');
    const counted = this.#audit.take(stream, stamp, nowUs);
    if (this.#audit.replays(stream, dueUs)) return;
    this.#histograms.window.record(nowUs - dueUs);
    if (counted === 'delivered' || counted === 'reordered') this.#histograms.delivery.record(nowUs - dueUs);
  }

  comment(): void {
    this.#counters.add('comments');
  }

  retry(stream: number, ms: number): void {
    this.#retryMs[stream] = Math.min(ms, longestRetryMs);
  }

  /** Whether this event comes of our publishes on a connection that was there before those began: what it waited for was us. */
  #waitedForUs(stream: number, stamp: Stamp | undefined): boolean {
    const ours = stamp?.run === this.#plan.run && stamp.seq !== openingSeq;
    return ours && (this.#intendedUs[stream] ?? 0) < this.#beginUs;
  }

  #due(stream: number, dueUs: number): void {
    const state = this.#state[stream];
    if (state === STATE.planned || state === STATE.waiting) this.#connect(stream, dueUs);
    else if (state === STATE.connecting || state === STATE.refused) {
      this.#wire.close(stream, 'rst');
      this.closed(stream);
    } else if (this.#plan.streams[stream]?.bytesPerS !== undefined) this.#wire.resume(stream);
    else if (!this.#holding) this.#depart(stream);
  }

  /** Whether the client that is gone means to resume. */
  #comesBack(stream: number, comesBack: boolean): void {
    const before = this.#comingBack[stream] ?? 0;
    this.#comingBack[stream] = comesBack ? 1 : 0;
    this.#counters.add('away', (this.#comingBack[stream] ?? 0) - before);
  }

  #answer(stream: number, ok: boolean): void {
    if (this.#answered[stream] === 1) return;
    this.#answered[stream] = 1;
    this.#counters.add('firstAnswers');
    if (ok) this.#counters.add('firstOk');
  }

  #connect(stream: number, dueUs: number): void {
    this.#state[stream] = STATE.connecting;
    this.#intendedUs[stream] = dueUs;
    this.#connectUs[stream] = this.#now();
    this.#counters.add('attempted');
    this.#reconnections?.tried(this.#now());
    const back = this.#comingBack[stream] === 1;
    if (back) this.#scanner.restart(stream);
    else {
      this.#scanner.forget(stream);
      this.#retryMs[stream] = defaultRetryMs;
    }
    this.#wheel.set(stream, dueUs + connectTimeoutUs);
    this.#leavingEarly[stream] = this.#departures.beforeTheHead() ? 1 : 0;
    this.#wire.open(stream, back ? this.#scanner.lastEventId(stream) : new Uint8Array(0));
  }

  /** The client leaves of its own accord; another one, or the same again, takes its place. */
  #depart(stream: number): void {
    const nowUs = this.#now();
    const wasOpen = this.#state[stream] === STATE.open;
    this.#counters.add('left');
    if (wasOpen) this.#counters.add('open', -1);
    // Who came back, and leaves before the head, is still on the way back; who has got nothing can go on nowhere.
    const returns = (wasOpen ? this.#returning : this.#comingBack)[stream] === 1;
    const comesBack = returns && (this.#scanner.lastEventId(stream).length > 0 || this.#audit.hasAny(stream));
    if (wasOpen && comesBack) this.#audit.lose(stream, nowUs - graceUs);
    else if (wasOpen && returns) this.#audit.leave(stream, nowUs - graceUs);
    this.#comesBack(stream, comesBack);
    this.#state[stream] = STATE.waiting;
    this.#wire.close(stream, wasOpen ? this.#departures.closing() : 'in-head');
    this.#wait(stream, nowUs + (comesBack ? (this.#retryMs[stream] ?? defaultRetryMs) * 1000 : tickUs));
  }

  #wait(stream: number, untilUs: number): void {
    this.#state[stream] = STATE.waiting;
    this.#wheel.set(stream, untilUs);
  }
}

function wireFor(plan: ReceiverPlan, events: WireEvents): Wire {
  return plan.request.protocol === 'h2' ? new Http2Wire(plan, events) : new Http1Wire(plan, events);
}
