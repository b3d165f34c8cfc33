import type { Stamp } from '../../audit/stamp.ts';
import { EventScanner, type EventSink } from '../event-scanner.ts';
import { Http1Wire } from '../http1-wire.ts';
import { connectTimeoutUs, longestRetryMs, type StreamReceiver, tickUs } from '../receiver.ts';
import { histogramsOf, ReceiverCounters, type ReceiverMemory, type ReceiverSummary } from '../receiver-memory.ts';
import type { ReceiverCommand, ReceiverPlan } from '../receiver-plan.ts';
import { TimingWheel } from '../timing-wheel.ts';
import type { Wire, WireEvents } from '../wire.ts';
import { type ClientGroup, groupsOf } from './client-groups.ts';
import { summaryOfClients } from './clients-summary.ts';
import { comesBack, goneAtMs, type Moment } from './course.ts';
import { lateUs, type Player, playersOf } from './player.ts';

/** Plays clients of a population by their plans, and audits what each gets. */
export class PlayedReceiver implements StreamReceiver, WireEvents, EventSink {
  readonly #plan: ReceiverPlan;
  readonly #now: () => number;
  readonly #wire: Wire;
  readonly #scanner: EventScanner;
  readonly #counters: ReceiverCounters;
  readonly #histograms: ReturnType<typeof histogramsOf>;
  readonly #groups: readonly ClientGroup[];
  readonly #players: readonly Player[];
  /** What the plans say, and what follows of what happens: when an answer is overdue, when to read or to try again. */
  readonly #course: TimingWheel;
  readonly #patience: TimingWheel;
  #beginUs = 0;
  #readUs = 0;

  constructor(
    plan: ReceiverPlan,
    memory: ReceiverMemory,
    now: () => number,
    wireOf: (plan: ReceiverPlan, events: WireEvents) => Wire = (plan, events) => new Http1Wire(plan, events),
  ) {
    const { streams } = plan;
    this.#plan = plan;
    this.#now = now;
    this.#counters = new ReceiverCounters(memory);
    this.#histograms = histogramsOf(memory);
    this.#scanner = new EventScanner(streams.length, this, { ids: true });
    this.#groups = groupsOf(streams, plan.schedule, plan.topics.length);
    this.#players = playersOf(plan, this.#groups);
    this.#course = new TimingWheel(streams.length, plan.originUs, tickUs);
    this.#patience = new TimingWheel(streams.length, plan.originUs, tickUs);
    this.#wire = wireOf(plan, this);
  }

  get waits(): boolean {
    return this.#course.pending + this.#patience.pending > 0;
  }

  tick(): void {
    const nowUs = this.#now();
    this.#course.advance(nowUs, (stream) => this.#play(stream));
    this.#patience.advance(nowUs, (stream, dueUs) => this.#overdue(stream, dueUs));
  }

  take(command: Exclude<ReceiverCommand, { kind: 'finish' }>): void {
    if (command.kind === 'begin') {
      this.#beginUs = command.beginUs;
      for (const stream of this.#players.keys()) this.#await(stream);
    }
    for (const { audit } of this.#groups) {
      if (command.kind === 'begin') audit.begin(command.beginUs);
      if (command.kind === 'measure') audit.measure(command.fromUs, command.toUs);
    }
  }

  finish(uncounted: readonly number[]): ReceiverSummary {
    const { streams, schedule } = this.#plan;
    const summary = summaryOfClients(this.#groups, streams, schedule.atUs.length, uncounted);
    for (const [stream, player] of this.#players.entries()) {
      this.#course.drop(stream);
      this.#patience.drop(stream);
      if (player.state !== 'away') this.#wire.close(stream, 'rst');
      player.state = 'away';
    }
    this.#wire.letGo();
    return summary;
  }

  connected(stream: number): void {
    const player = this.#player(stream);
    player.stands = true;
    this.#counters.add('connected');
    this.#histograms.connect.record(this.#now() - player.intendedUs);
    if (player.leavingEarly) this.#leave(stream, 'in-head');
  }

  head(stream: number, ok: boolean): void {
    const player = this.#player(stream);
    if (!ok) {
      this.#counters.add('refused');
      player.state = 'refused';
      return;
    }
    const { group, at, client, course } = player;
    const nowUs = this.#now();
    this.#histograms.ttfh.record(nowUs - player.intendedUs);
    this.#counters.add('ok');
    this.#counters.add('open');
    group.counts.opened += 1;
    this.#patience.drop(stream);
    player.state = 'open';
    this.#comesBack(player, false);
    player.eventUs = 0;
    const surelyUs = nowUs + 2 * (nowUs - player.connectUs);
    if (player.goesOn) {
      group.audit.comeBack(at, surelyUs);
      if (client.resumes) group.counts.resumed += 1;
      this.#counters.add('reconnected');
      return;
    }
    player.goesOn = true;
    group.audit.subscribe(at, surelyUs);
    const goneUs = this.#beginUs + goneAtMs(course, player.next, client.resumes) * 1000;
    // What is due shortly before it is gone may be on its way then.
    if (Number.isFinite(goneUs)) group.audit.leave(at, goneUs - lateUs(client));
  }

  content(stream: number, bytes: Uint8Array, from: number, to: number): void {
    this.#readUs = this.#now();
    this.#scanner.feed(stream, bytes, from, to);
  }

  read(stream: number, bytes: number): boolean {
    this.#counters.add('bytes', bytes);
    const { bytesPerS, state } = this.#player(stream);
    if (bytesPerS === Number.POSITIVE_INFINITY || state !== 'open') return true;
    if (bytesPerS > 0) this.#patience.set(stream, this.#now() + (bytes / bytesPerS) * 1e6);
    return false;
  }

  closed(stream: number): void {
    const player = this.#player(stream);
    const { state, group, at, retryMs, client } = player;
    if (state === 'away') return;
    player.state = 'away';
    if (state === 'open') {
      this.#counters.add('open', -1);
      this.#counters.add('dropped');
      group.counts.cut += 1;
      this.#comesBack(player, player.goesOn);
      group.audit.lose(at, this.#now() - lateUs(client));
    } else if (state === 'connecting') this.#counters.add('failed');
    // Whose time is over has tried to get in, and that is all.
    if (player.leavingEarly) this.#patience.drop(stream);
    else this.#patience.set(stream, this.#now() + retryMs * 1000);
  }

  event(stream: number, stamp: Stamp | undefined, whole: boolean): void {
    const player = this.#player(stream);
    const { group, at, client } = player;
    const nowUs = this.#readUs;
    this.#counters.add('events');
    if (player.eventUs === 0) this.#histograms.ttfe.record(nowUs - player.intendedUs);
    else this.#histograms.gap.record(nowUs - player.eventUs);
    player.eventUs = nowUs;
    if (!whole) group.audit.tally.corrupt += 1;
    if (!whole || !stamp || stamp.run !== this.#plan.run) return;
    const dueUs = group.audit.dueUs(stamp);
    if (dueUs === undefined) return;
    const counted = group.audit.take(at, stamp, nowUs);
    if (group.burden === 'reading') return;
    this.#counters.add('deliveries');
    // What its network or its absence delays says nothing of the server.
    if (Object.keys(client.faults).length > 0 || group.audit.replays(at, dueUs)) return;
    this.#histograms.window.record(nowUs - dueUs);
    if (counted === 'delivered' || counted === 'reordered') this.#histograms.delivery.record(nowUs - dueUs);
  }

  comment(): void {
    this.#counters.add('comments');
  }

  retry(stream: number, ms: number): void {
    this.#player(stream).retryMs = Math.min(ms, longestRetryMs);
  }

  /** Does all that is due of a client's plan. */
  #play(stream: number): void {
    const player = this.#player(stream);
    const nowUs = this.#now();
    for (;;) {
      const moment = player.course[player.next];
      if (!moment || this.#beginUs + moment.atMs * 1000 > nowUs) break;
      player.next += 1;
      this.#carryOut(stream, player, moment);
    }
    this.#await(stream);
  }

  #carryOut(stream: number, player: Player, moment: Moment): void {
    switch (moment.do) {
      case 'connect':
        if (player.state === 'away') this.#connect(stream, this.#beginUs + moment.atMs * 1000);
        return;
      case 'read':
        player.bytesPerS = moment.bytesPerS;
        if (moment.bytesPerS > 0 && player.state === 'open') this.#wire.resume(stream);
        return;
      case 'lose': {
        const { group, at, client, course, next } = player;
        const returns = client.resumes && comesBack(course, next - 1);
        // Who has got nothing can go on nowhere.
        const goesOn = returns && (this.#scanner.lastEventId(stream).length > 0 || group.audit.hasAny(at));
        const fromUs = this.#now() - lateUs(client);
        if (player.state === 'open' && goesOn) group.audit.lose(at, fromUs);
        else if (player.state === 'open' && returns) group.audit.leave(at, fromUs);
        player.goesOn &&= goesOn;
        this.#comesBack(player, player.goesOn);
        this.#leave(stream, moment.by);
        return;
      }
      case 'leave':
        player.goesOn = false;
        this.#comesBack(player, false);
        // A server that has heard nothing of a client does not notice that it is gone.
        if (moment.how === 'in-head' && player.state === 'connecting' && !player.stands) player.leavingEarly = true;
        else this.#leave(stream, player.state === 'open' ? moment.how : 'in-head');
    }
  }

  /** Whether the client that is gone means to go on where it was. */
  #comesBack(player: Player, comesBack: boolean): void {
    if (player.away === comesBack) return;
    player.away = comesBack;
    this.#counters.add('away', comesBack ? 1 : -1);
  }

  #await(stream: number): void {
    const { course, next } = this.#player(stream);
    const moment = course[next];
    if (moment) this.#course.set(stream, this.#beginUs + moment.atMs * 1000);
    else this.#course.drop(stream);
  }

  #overdue(stream: number, dueUs: number): void {
    const { state } = this.#player(stream);
    if (state === 'away') this.#connect(stream, dueUs);
    else if (state === 'open') this.#wire.resume(stream);
    else {
      this.#wire.close(stream, 'rst');
      this.closed(stream);
    }
  }

  #connect(stream: number, dueUs: number): void {
    const player = this.#player(stream);
    const resumes = player.goesOn && player.client.resumes;
    player.state = 'connecting';
    player.stands = false;
    player.intendedUs = dueUs;
    player.connectUs = this.#now();
    player.group.counts.connects += 1;
    this.#counters.add('attempted');
    if (resumes) this.#scanner.restart(stream);
    else this.#scanner.forget(stream);
    this.#patience.set(stream, dueUs + connectTimeoutUs);
    this.#wire.open(stream, resumes ? this.#scanner.lastEventId(stream) : new Uint8Array(0));
  }

  /** Its connection ends by its plan. */
  #leave(stream: number, how: Parameters<Wire['close']>[1]): void {
    const player = this.#player(stream);
    const { state } = player;
    player.state = 'away';
    this.#patience.drop(stream);
    if (state === 'away') return;
    if (state === 'open') this.#counters.add('open', -1);
    // Nobody waited for the answer.
    else if (state === 'connecting') {
      player.group.counts.connects -= 1;
      if (player.stands) this.#counters.add('leftEarly');
    }
    this.#counters.add('left');
    this.#wire.close(stream, how);
  }

  #player(stream: number): Player {
    return this.#players[stream] as Player;
  }
}
