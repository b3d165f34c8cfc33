import { type Stamp, stamped } from '../src/audit/stamp.ts';
import { PlayedReceiver } from '../src/engine/played/played-receiver.ts';
import { Receiver } from '../src/engine/receiver.ts';
import { histogramsOf, newReceiverMemory, ReceiverCounters } from '../src/engine/receiver-memory.ts';
import type { ReceiverPlan, StreamPlan } from '../src/engine/receiver-plan.ts';
import type { Wire, WireEvents } from '../src/engine/wire.ts';
import { type Schedule, steadySchedule } from '../src/publisher/schedule.ts';

const run = 5;

/** Ten publishes a second for a minute, on one topic. */
const tenPerSecond: Schedule = steadySchedule({
  topics: 1,
  rate: 10,
  spacing: 'even',
  durationUs: 60e6,
  bytes: 60,
  seed: 1,
});

/** A receiver whose clock, which begins at 0, and whose connections a test moves by hand. */
export class ByHand {
  readonly receiver: Receiver | PlayedReceiver;
  readonly counters: ReceiverCounters;
  readonly histograms: ReturnType<typeof histogramsOf>;
  /** The connections that were opened, in order. */
  readonly opened: { readonly stream: number; readonly lastEventId: string }[] = [];
  /** Those that its client ended, in order. */
  readonly ended: { readonly stream: number; readonly how: Parameters<Wire['close']>[1] }[] = [];
  /** The connections that stand: the last event that its client has, and whether it had the head. */
  readonly #standing = new Map<number, { readonly resumes: number; head: boolean }>();
  #beginUs = Number.POSITIVE_INFINITY;
  /** What is published next. */
  #seq = 0;
  wire!: WireEvents;
  nowUs = 0;

  constructor(streams: readonly Partial<StreamPlan>[], told: Partial<ReceiverPlan> = {}) {
    const memory = newReceiverMemory();
    this.counters = new ReceiverCounters(memory);
    this.histograms = histogramsOf(memory);
    const plan: ReceiverPlan = {
      request: { url: 'http://127.0.0.1:1/', method: 'GET', headers: {} },
      run,
      seed: 1,
      topics: [''],
      schedule: tenPerSecond,
      originUs: 0,
      streams: streams.map((one, number) => ({ number, topic: 0, connectAtUs: 0, ...one })),
      ...told,
    };
    const wireOf = (_: ReceiverPlan, events: WireEvents): Wire => {
      this.wire = events;
      return {
        open: (stream, id) => {
          const lastEventId = Buffer.from(id).toString('latin1');
          this.opened.push({ stream, lastEventId });
          this.#standing.set(stream, { resumes: lastEventId === '' ? -1 : Number(lastEventId), head: false });
        },
        close: (stream, how) => {
          this.ended.push({ stream, how });
          this.#standing.delete(stream);
        },
        resume: () => undefined,
        letGo: () => undefined,
      };
    };
    const Kind = streams.some(({ client }) => client) ? PlayedReceiver : Receiver;
    this.receiver = new Kind(plan, memory, () => this.nowUs, wireOf);
  }

  /** Goes on to that moment, a millisecond after the other, or until that is so. @returns whether it became so */
  until(us: number, isSo: () => boolean = () => false): boolean {
    while (!isSo()) {
      if (this.nowUs >= us) return false;
      this.nowUs += 1000;
      this.receiver.tick();
    }
    return true;
  }

  /** Publishing begins now, and all of it counts that is due before then. */
  begin(toUs: number = Number.MAX_SAFE_INTEGER): void {
    this.#beginUs = this.nowUs;
    this.receiver.take({ kind: 'begin', beginUs: this.nowUs });
    this.receiver.take({ kind: 'measure', fromUs: this.nowUs, toUs });
  }

  /** A right server, until that moment: it answers at once, leaves nothing out and gives who comes back what it missed. */
  serve(toUs: number): void {
    const dueUs = (seq: number): number => this.#beginUs + (tenPerSecond.atUs[seq] ?? Number.POSITIVE_INFINITY);
    const give = (stream: number, one: number): void => this.event(stream, { seq: one, intendedUs: dueUs(one) });
    while (this.nowUs < toUs) {
      this.until(this.nowUs + 1000);
      for (const [stream, connection] of this.#standing) {
        if (connection.head) continue;
        connection.head = true;
        this.wire.connected(stream);
        // Some leave before they are answered.
        if (this.#standing.get(stream) !== connection) continue;
        this.wire.head(stream, true);
        if (connection.resumes >= 0)
          for (let one = connection.resumes + 1; one < this.#seq; one += 1) give(stream, one);
      }
      for (; dueUs(this.#seq) <= this.nowUs; this.#seq += 1)
        for (const stream of this.#standing.keys()) give(stream, this.#seq);
    }
  }

  /** The server ends a connection. */
  cut(stream: number): void {
    this.#standing.delete(stream);
    this.wire.closed(stream);
  }

  /** An event comes now. @param stamp of a publish; without one it is the server's own */
  event(stream: number, stamp?: Pick<Stamp, 'seq' | 'intendedUs'>): void {
    const data = stamp ? stamped({ run, topic: 0, ...stamp }, 60) : 'hello';
    const bytes = Buffer.from(`${stamp ? `id: ${stamp.seq}\n` : ''}data: ${data}\n\n`);
    this.wire.content(stream, bytes, 0, bytes.length);
  }
}
