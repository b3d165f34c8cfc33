import type { Exchange } from '../../access/exchange.ts';
import type { PublishOutcome } from '../../access/publisher.ts';
import type { RuleContext } from '../../context.ts';
import { Undecided } from '../../undecided.ts';
import { noise } from '../noise.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { kib, mib } from '../units.ts';

/**
 * Data that fills the receive window of a reader that does not read and all that the kernels at both ends hold for it, so
 * that whatever more there is waits in the server: Linux holds up to 10 MiB, and hardly more than 4 MiB of a stream that
 * was never read fast. A first look is content with less than certainty.
 */
export function fillBytes({ effort }: Pick<RuleContext, 'effort'>): number {
  return (effort.name === 'quick' ? 7 : 12) * mib;
}

/** A stream of which only the arrivals matter. */
const lean = { keepArrivals: 64, keepBodyBytes: 1024 };

/** Readers that read, and some that stop, on one server; each event goes past all of them. */
export class StalledScene {
  readonly #context: RuleContext;
  readonly #events: NumberedEvents;
  readonly #payload: string;
  /** Opened before and after the others, as servers serve streams in an order of theirs. */
  readonly healthy: readonly Exchange[];
  readonly #others: readonly Exchange[];
  readonly #begun: Promise<PublishOutcome>[] = [];
  /** Bytes of data accepted so far. */
  acceptedBytes = 0;

  private constructor(context: RuleContext, tag: string, streams: readonly Exchange[], payload: string) {
    this.#context = context;
    this.#events = new NumberedEvents(context, tag);
    const [first, ...rest] = streams;
    const last = rest.pop();
    this.healthy = [first, last].filter((stream) => stream !== undefined);
    this.#others = rest;
    this.#payload = payload;
  }

  /**
   * @param stalling readers that will stop reading
   * @param payload what makes the large events large: see `acceptedPayload`
   */
  static async open(context: RuleContext, tag: string, stalling: number, payload: string): Promise<StalledScene> {
    const streams: Exchange[] = [];
    for (let n = 0; n < stalling + 2; n += 1) streams.push(await context.subscribe(lean));
    return new StalledScene(context, tag, streams, payload);
  }

  stall(): void {
    for (const stream of this.#others) stream.stall();
  }

  /** Closes the streams, and waits for what was still being published, so that it disturbs nobody else. */
  async close(): Promise<void> {
    for (const stream of [...this.#others, ...this.healthy]) stream.close();
    await Promise.all(this.#begun);
  }

  /**
   * Publishes one event and times it.
   * @param kind a lone one is small
   * @returns times in ms from the call: to its answer, and until every healthy reader had the event; infinite where that
   *   did not come to pass within the patience
   * @throws Undecided where the event was refused, or a healthy stream ended
   */
  async send(kind: 'large' | 'lone', patience = 1): Promise<{ answeredMs: number; arrivedMs: number }> {
    const { clock } = this.#context;
    const longMs = patience * patienceMs(this.#context);
    const beganAtMs = clock.now();
    const { number, outcome } = this.#events.begin({}, kind === 'large' ? ` ${this.#payload}` : '');
    this.#begun.push(outcome);
    const answer = outcome.then((told) => ({ told, afterMs: clock.now() - beganAtMs }));
    const arrivals = this.healthy.map((stream) => this.#events.arrival(stream, number, longMs));
    const answered = await this.#within(answer, longMs);
    const arrived = await Promise.all(arrivals);
    if (this.healthy.some(({ end }) => end)) throw new Undecided('the server ended the stream of a reader that reads');
    if (answered && answered.told.kind !== 'accepted') {
      throw new Undecided(`an event was not accepted: ${answered.told.reason}`);
    }
    if (answered && kind === 'large') this.acceptedBytes += this.#payload.length;
    const arrivedAtMs = Math.max(...arrived.map((arrival) => arrival?.atMs ?? Number.POSITIVE_INFINITY));
    return { answeredMs: answered?.afterMs ?? Number.POSITIVE_INFINITY, arrivedMs: arrivedAtMs - beganAtMs };
  }

  /** What a promise gives, or undefined after a while. */
  #within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#context.clock.after(timeoutMs, () => resolve(undefined));
      void promise.then((value) => {
        cancel();
        resolve(value);
      });
    });
  }

  /** Lets what the server sends at the start go by. @throws Undecided where no event of ours comes */
  async settle(): Promise<void> {
    for (let tries = 0; tries < 4; tries += 1) {
      if (Number.isFinite((await this.send('lone')).arrivedMs)) return;
    }
    throw new Undecided('four events were accepted and did not reach two readers');
  }
}

/** The largest data that the server takes, of a few sizes. @throws Undecided where it takes none of them */
export async function acceptedPayload(context: RuleContext): Promise<string> {
  for (const bytes of [64 * kib, 16 * kib, 4 * kib]) {
    const payload = noise(context, bytes);
    if ((await context.publish({ data: payload })).kind === 'accepted') return payload;
  }
  throw new Undecided('even an event of 4 KiB was not accepted');
}

export function inMib(bytes: number): string {
  return `${Math.round(bytes / mib)} MiB`;
}
