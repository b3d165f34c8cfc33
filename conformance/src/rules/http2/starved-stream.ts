import type { Exchange } from '../../access/exchange.ts';
import type { Http2Stream } from '../../access/http2-connection.ts';
import type { RuleContext } from '../../context.ts';
import type { LateBy } from '../../harness-load.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { requireEndless } from './endless.ts';

const eventBytes = 4096;
const creditBytes = 4 * eventBytes;
const eventsBefore = 10;
/** Events that show how slow it is. */
const eventsThatTell = 5;

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
    let turn = 0;
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => {
        turn += 1;
        return starve(context, turn, patience);
      },
      ({ trouble }) => trouble?.late,
    );
    const { observed, siblings, trouble } = outcome.kind === 'kept' ? outcome.result : outcome.again;
    const detail = { evidence: siblings[0]?.evidence({ observed }) ?? { observed } };
    const { eventsWithoutCredit, slowestBeforeMs, slowestWithoutCreditMs } = observed;
    switch (outcome.kind) {
      case 'kept':
        return pass(
          `${eventsWithoutCredit} events past a stream without credit: its siblings got each within ${slowestWithoutCreditMs} ms, and within ${slowestBeforeMs} ms before`,
          detail,
        );
      case 'missed':
        return fail(`with one stream out of credit ${trouble?.what}`, detail);
      case 'unstable':
        return inconclusive(
          `with one stream out of credit ${outcome.first.trouble?.what}; when repeated, all went well (${slowestWithoutCreditMs} ms)`,
          detail,
        );
      case 'strained':
        return inconclusive(`with one stream out of credit ${trouble?.what}; ${outcome.message}`, detail);
    }
  },
};

/** What the siblings of a stream without credit suffered. */
interface Trouble {
  /** As it stands in a sentence. */
  readonly what: string;
  readonly late: LateBy | 'wrong';
}

interface Round {
  readonly siblings: readonly Http2Stream[];
  readonly trouble: Trouble | undefined;
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
async function starve(context: RuleContext, turn: number, patience: number): Promise<Round> {
  const waitMs = patience * patienceMs(context);
  const connection = await context.connectHttp2({ initialWindowBytes: creditBytes });
  const witness = await context.subscribe();
  try {
    const [starved, ...siblings] = await context.subscribeHttp2(connection, 3);
    if (!starved) throw new Undecided('no stream could be opened');
    for (const sibling of siblings) sibling.feed(2 ** 24);
    const events = new NumberedEvents(context, `starved-${turn}`);
    const before = await measure(context, events, siblings, { count: eventsBefore, waitMs });
    if (before.missed) throw new Undecided('an event did not come on a stream with credit in time');
    starved.starve();
    const wanted = context.effort.name === 'quick' ? 30 : 150;
    const filling = await measure(context, events, siblings, { count: Math.ceil(creditBytes / eventBytes), waitMs });
    const limitMs = context.bounds.event + 4 * median(before.delaysMs);
    const isSlow = (delaysMs: readonly number[]) => delaysMs.length >= eventsThatTell && median(delaysMs) > limitMs;
    const during = filling.missed
      ? filling
      : await measure(context, events, siblings, { count: wanted, waitMs, isEnough: isSlow });
    if (!starved.end && starved.creditBytes >= eventBytes + 256) {
      throw new Undecided(`the stream kept ${starved.creditBytes} bytes of credit, so it was never without`);
    }
    return {
      siblings,
      trouble: await troubleOf(context, { during, events, starved, siblings, witness, limitMs, waitMs }),
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
  {
    count,
    waitMs,
    isEnough = () => false,
  }: {
    readonly count: number;
    /** How long an event is waited for. */
    readonly waitMs: number;
    readonly isEnough?: (delaysMs: readonly number[]) => boolean;
  },
): Promise<Measured> {
  const delaysMs: number[] = [];
  while (delaysMs.length < count && !isEnough(delaysMs)) {
    const number = await events.publish({}, ' '.repeat(eventBytes));
    const acceptedAtMs = context.clock.now();
    const arrivals = await Promise.all(siblings.map((sibling) => events.arrival(sibling, number, waitMs)));
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
    readonly waitMs: number;
  },
): Promise<Trouble | undefined> {
  const { during, events, starved, siblings, witness, limitMs, waitMs } = round;
  const { missed } = during;
  if (missed === undefined) {
    const nowMs = median(during.delaysMs);
    if (nowMs <= limitMs) return undefined;
    // With credit for all it must be quick again, or something else is slow.
    starved.feed(2 ** 24);
    const after = await measure(context, events, siblings, { count: eventsBefore, waitMs });
    const afterMs = median(after.delaysMs);
    if (after.missed || afterMs > limitMs) throw new Undecided('the server is as slow with credit for all');
    return {
      what: `its siblings wait ${nowMs} ms for an event, and ${afterMs} ms once it has credit again`,
      late: { boundMs: limitMs, tookMs: nowMs },
    };
  }
  const elsewhere = await events.arrival(witness, missed, 0);
  const ended = siblings.find(({ end }) => end);
  if (ended) {
    requireEndless(context);
    const { end } = ended;
    const how = end && 'message' in end ? ` (${end.message})` : '';
    if (witness.end) throw new Undecided('the server ended every stream meanwhile');
    return { what: `its siblings are ended too${how}`, late: 'wrong' };
  }
  starved.feed(2 ** 24);
  const arrivals = await Promise.all(siblings.map((sibling) => events.arrival(sibling, missed, patienceMs(context))));
  const waited = `an event does not come on its siblings for ${waitMs} ms`;
  const late = { boundMs: limitMs, tookMs: waitMs };
  if (arrivals.every((arrival) => arrival !== undefined)) {
    return { what: `${waited}, and comes as soon as it has credit`, late };
  }
  if (elsewhere) return { what: `${waited}, though on another connection`, late };
  throw new Undecided('an event came nowhere, also not once every stream had credit');
}

function slowest(delaysMs: readonly number[]): number {
  return Math.ceil(Math.max(0, ...delaysMs));
}

function median(delaysMs: readonly number[]): number {
  return Math.ceil(delaysMs.toSorted((a, b) => a - b)[Math.floor(delaysMs.length / 2)] ?? 0);
}
