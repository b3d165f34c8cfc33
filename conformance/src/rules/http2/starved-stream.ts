import type { Exchange } from '../../access/exchange.ts';
import type { Http2Stream } from '../../access/http2-connection.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { requireEndless } from './endless.ts';

const eventBytes = 4096;
const creditBytes = 4 * eventBytes;
const eventsBefore = 10;

export const starvedStream: Rule = {
  id: 'http2/starved-stream',
  code: 'SZ-06',
  level: 'MUST',
  title: 'One stream without credit does not stop its siblings',
  statement:
    'While the client gives one stream no flow-control credit, the others on its connection get their events as before.',
  spec: [rfc(9113, '5.2'), rfc(9113, '6.9')],
  access: ['publish'],
  profiles: ['h2'],
  phase: 'publishing',
  judge: async (context) => {
    const first = await starve(context, 1);
    const figures = { evidence: first.siblings[0]?.evidence({ observed: first.observed }) ?? {} };
    if (!first.trouble) {
      const { eventsWithoutCredit, slowestBeforeMs, slowestWithoutCreditMs } = first.observed;
      return pass(
        `${eventsWithoutCredit} events past a stream without credit: its siblings got each within ${slowestWithoutCreditMs} ms, and within ${slowestBeforeMs} ms before`,
        figures,
      );
    }
    const second = await starve(context, 2);
    if (!second.trouble) {
      return inconclusive(
        `with one stream out of credit ${first.trouble}; when repeated, all went well (${second.observed.slowestWithoutCreditMs} ms)`,
        figures,
      );
    }
    return fail(`with one stream out of credit ${second.trouble}`, {
      evidence: second.siblings[0]?.evidence({ observed: second.observed }) ?? {},
    });
  },
};

interface Round {
  readonly siblings: readonly Http2Stream[];
  /** What the siblings suffered, as it stands in a sentence. */
  readonly trouble: string | undefined;
  readonly observed: {
    readonly eventBytes: number;
    readonly eventsWithoutCredit: number;
    readonly slowestBeforeMs: number;
    readonly slowestWithoutCreditMs: number;
    readonly medianWithoutCreditMs: number;
    readonly starvedStream: string;
  };
}

/** Three streams on a connection with credit for all, then none for one of them. */
async function starve(context: RuleContext, turn: number): Promise<Round> {
  const connection = await context.connectHttp2({ initialWindowBytes: creditBytes });
  const witness = await context.subscribe();
  try {
    const [starved, ...siblings] = await context.subscribeHttp2(connection, 3);
    if (!starved) throw new Undecided('no stream could be opened');
    for (const sibling of siblings) sibling.feed(2 ** 24);
    const events = new NumberedEvents(context, `starved-${turn}`);
    const before = await measure(context, events, siblings, eventsBefore);
    if (before.missed) throw new Undecided('an event did not come on a stream with credit in time');
    starved.starve();
    const wanted = context.effort.name === 'quick' ? 30 : 150;
    const filling = await measure(context, events, siblings, Math.ceil(creditBytes / eventBytes));
    const limitMs = context.bounds.event + 4 * median(before.delaysMs);
    const isSlow = (delaysMs: readonly number[]) => delaysMs.length >= eventsBefore && median(delaysMs) > limitMs;
    const during = filling.missed ? filling : await measure(context, events, siblings, wanted, isSlow);
    if (!starved.end && starved.creditBytes >= eventBytes + 256) {
      throw new Undecided(`the stream kept ${starved.creditBytes} bytes of credit, so it was never without`);
    }
    return {
      siblings,
      trouble: await troubleOf(context, { during, events, starved, siblings, witness, limitMs }),
      observed: {
        eventBytes,
        eventsWithoutCredit: during.delaysMs.length,
        slowestBeforeMs: slowest(before.delaysMs),
        slowestWithoutCreditMs: slowest(during.delaysMs),
        medianWithoutCreditMs: median(during.delaysMs),
        starvedStream: starved.end ? 'ended by the server' : `open, ${starved.creditBytes} bytes of credit`,
      },
    };
  } finally {
    connection.close();
    witness.close();
  }
}

interface Measured {
  /** From accepted to the last sibling, of each event. */
  readonly delaysMs: readonly number[];
  /** The number of an event that did not come in time; nothing was published behind it. */
  readonly missed: number | undefined;
}

async function measure(
  context: RuleContext,
  events: NumberedEvents,
  siblings: readonly Http2Stream[],
  count: number,
  isEnough: (delaysMs: readonly number[]) => boolean = () => false,
): Promise<Measured> {
  const delaysMs: number[] = [];
  while (delaysMs.length < count && !isEnough(delaysMs)) {
    const number = await events.publish({}, ' '.repeat(eventBytes));
    const acceptedAtMs = context.clock.now();
    const arrivals = await Promise.all(siblings.map((sibling) => events.arrival(sibling, number, patienceMs(context))));
    if (arrivals.some((arrival) => arrival === undefined)) return { delaysMs, missed: number };
    delaysMs.push(Math.max(0, ...arrivals.map((arrival) => (arrival?.atMs ?? 0) - acceptedAtMs)));
  }
  return { delaysMs, missed: undefined };
}

/** What the siblings suffered that the stream without credit is to blame for. */
async function troubleOf(
  context: RuleContext,
  round: {
    readonly during: Measured;
    readonly events: NumberedEvents;
    readonly starved: Http2Stream;
    readonly siblings: readonly Http2Stream[];
    readonly witness: Exchange;
    readonly limitMs: number;
  },
): Promise<string | undefined> {
  const { during, events, starved, siblings, witness, limitMs } = round;
  const { missed } = during;
  if (missed === undefined) {
    const nowMs = median(during.delaysMs);
    if (nowMs <= limitMs) return undefined;
    // With credit for all it must be quick again, or something else is slow.
    starved.feed(2 ** 24);
    const after = await measure(context, events, siblings, eventsBefore);
    const afterMs = median(after.delaysMs);
    if (after.missed || afterMs > limitMs) throw new Undecided('the server is as slow with credit for all');
    return `its siblings wait ${nowMs} ms for an event, and ${afterMs} ms once it has credit again`;
  }
  const elsewhere = await events.arrival(witness, missed, 0);
  const ended = siblings.find(({ end }) => end);
  if (ended) {
    requireEndless(context);
    const { end } = ended;
    const how = end && 'message' in end ? ` (${end.message})` : '';
    if (witness.end) throw new Undecided('the server ended every stream meanwhile');
    return `its siblings are ended too${how}`;
  }
  starved.feed(2 ** 24);
  const arrivals = await Promise.all(siblings.map((sibling) => events.arrival(sibling, missed, patienceMs(context))));
  const waited = `an event does not come on its siblings for ${patienceMs(context)} ms`;
  if (arrivals.every((arrival) => arrival !== undefined)) return `${waited}, and comes as soon as it has credit`;
  if (elsewhere) return `${waited}, though on another connection`;
  throw new Undecided('an event came nowhere, also not once every stream had credit');
}

function slowest(delaysMs: readonly number[]): number {
  return Math.ceil(Math.max(0, ...delaysMs));
}

function median(delaysMs: readonly number[]): number {
  return Math.ceil(delaysMs.toSorted((a, b) => a - b)[Math.floor(delaysMs.length / 2)] ?? 0);
}
