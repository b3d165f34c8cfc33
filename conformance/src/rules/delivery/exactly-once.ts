import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { type Numbered, type OrderComplaint, orderComplaint } from './order.ts';

const mostClients = 8;
const mostPublishers = 4;
/** For each input that a search would try. */
const eventsPerRun = 10;

export const exactlyOnceInOrder: Rule = {
  id: 'delivery/exactly-once-in-order',
  code: 'SD-09',
  level: 'MUST',
  title: 'Events arrive exactly once and in order',
  statement:
    'While no client lags, each event arrives once, those of one publisher in its order, and all clients see one order unless the target waives that.',
  spec: [html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'crowd',
  budgetMs: ({ effort }) => 60_000 + 400 * effort.runs,
  judge: async (context) => {
    const publishers = Math.min(mostPublishers, context.bounds.window);
    const total = context.effort.runs * eventsPerRun;
    const { order } = context.target;
    const told: string[] = [];
    let tries = 0;
    for (const count of [...new Set([1, publishers])]) {
      const outcome = await repeatBeforeAccusing(
        context,
        (patience) => {
          tries += 1;
          return publishAndWatch(context, count, total, `order-${tries}`, patience);
        },
        ({ complaint, waitedMs }) =>
          complaint?.mayBeLate ? { boundMs: patienceMs(context), tookMs: waitedMs, heavy: true } : undefined,
      );
      if (outcome.kind === 'strained') {
        return inconclusive(`${outcome.again.complaint?.message}; ${outcome.message}`);
      }
      const round = outcome.kind === 'kept' ? outcome.result : outcome.again;
      if (round.complaint) return accusation(round, round.complaint);
      if (outcome.kind === 'unstable') {
        return inconclusive(`on one client, ${outcome.first.complaint?.message}; tried again, all came`);
      }
      told.push(`${round.events} from ${count === 1 ? 'one publisher' : `${count} publishers at once`}`);
    }
    const inOrder = order === 'total' ? 'in order' : 'in the order of its publisher';
    return pass(
      `${told.join(', ')}: each client got each event once and ${inOrder}, at most ${context.bounds.window} under way`,
    );
  },
};

interface Round {
  readonly complaint: OrderComplaint | undefined;
  readonly streams: readonly Exchange[];
  readonly publishers: number;
  readonly events: number;
  readonly waitedMs: number;
}

function accusation({ streams, publishers, events }: Round, { client, message }: OrderComplaint): Judgement {
  const observed = { clients: streams.length, publishers, eventsPublished: events, client: client + 1 };
  const evidence = streams[client]?.evidence({ observed }) ?? { observed };
  return fail(`of ${streams.length} clients and ${events} events, client ${client + 1}: ${message}`, { evidence });
}

/** What one client got of several publishers' events, read as it comes. */
class Witness {
  readonly stream: Exchange;
  readonly #sources: readonly NumberedEvents[];
  readonly #got: Numbered[] = [];
  readonly #numbers: readonly Set<number>[];
  #read = 0;

  constructor(stream: Exchange, sources: readonly NumberedEvents[]) {
    this.stream = stream;
    this.#sources = sources;
    this.#numbers = sources.map(() => new Set<number>());
  }

  get got(): readonly Numbered[] {
    this.#catchUp();
    return this.#got;
  }

  /** Waits for an event; false where it is not there in time, or the stream ends. */
  async has(publisher: number, number: number, timeoutMs: number): Promise<boolean> {
    const look = (): boolean | undefined => {
      this.#catchUp();
      if (this.#numbers[publisher]?.has(number)) return true;
      return this.stream.end ? false : undefined;
    };
    return (await this.stream.until(look, timeoutMs)) ?? false;
  }

  #catchUp(): void {
    const fresh = this.stream.dispatched - this.#read;
    if (fresh === 0) return;
    this.#read = this.stream.dispatched;
    for (const arrival of this.stream.arrivals.slice(-fresh)) {
      for (const [publisher, source] of this.#sources.entries()) {
        const number = source.numberOf(arrival);
        if (number === undefined) continue;
        this.#got.push({ publisher, number });
        this.#numbers[publisher]?.add(number);
      }
    }
  }
}

/** Publishes as fast as every client keeps up, and looks at what each got. */
async function publishAndWatch(
  context: RuleContext,
  publishers: number,
  total: number,
  tag: string,
  patience: number,
): Promise<Round> {
  const clients = Math.max(2, Math.min(mostClients, context.target.capacity ?? mostClients));
  const streams: Exchange[] = [];
  const longMs = patience * patienceMs(context);
  try {
    for (let n = 0; n < clients; n += 1) streams.push(await context.subscribe({ keepBodyBytes: 1024 }));
    const sources = Array.from({ length: publishers }, (_, n) => new NumberedEvents(context, `${tag}-${n}`));
    await settle(context, streams, tag);
    const witnesses = streams.map((stream) => new Witness(stream, sources));
    const allHave = async (publisher: number, number: number): Promise<boolean> =>
      !(await Promise.all(witnesses.map((witness) => witness.has(publisher, number, longMs)))).includes(false);
    const window = Math.max(1, Math.floor(context.bounds.window / publishers));
    const inTime = await Promise.all(
      sources.map((source, publisher) =>
        publishPaced(context, source, Math.ceil(total / publishers), window, (number) => allHave(publisher, number)),
      ),
    );
    // One more of each: what was published before it cannot come behind it.
    if (inTime.includes(false)) {
      for (const [publisher, source] of sources.entries()) await allHave(publisher, await source.publish());
    }
    if (streams.some(({ end }) => end)) throw new Undecided('the server ended a stream meanwhile');
    const published = sources.map((source) => source.published);
    const complaint = orderComplaint(
      published,
      witnesses.map(({ got }) => got),
      context.target.order,
    );
    const events = published.reduce((sum, count) => sum + count, 0);
    return { complaint, streams, publishers, events, waitedMs: 2 * longMs };
  } finally {
    for (const stream of streams) stream.close();
  }
}

/** One publisher with no more than its share of the window under way; false where an event did not come in time. */
async function publishPaced(
  context: RuleContext,
  source: NumberedEvents,
  total: number,
  window: number,
  allHave: (number: number) => Promise<boolean>,
): Promise<boolean> {
  while (source.published < total && !context.signal.aborted) {
    const number = await source.publish();
    if (number >= window && !(await allHave(number - window + 1))) return false;
  }
  return allHave(source.published);
}

/** Lets initial data go by, and streams be registered that are only after their headers. */
async function settle(context: RuleContext, streams: readonly Exchange[], tag: string): Promise<void> {
  const first = new NumberedEvents(context, `${tag}-open`);
  for (let tries = 0; tries < 4; tries += 1) {
    const number = await first.publish();
    const arrivals = await Promise.all(streams.map((one) => first.arrival(one, number, patienceMs(context) / 2)));
    if (arrivals.every((arrival) => arrival !== undefined)) return;
  }
  throw new Undecided(`none of four events reached all of ${streams.length} clients`);
}
