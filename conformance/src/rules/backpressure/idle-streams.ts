import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { answerOf } from '../http/answers.ts';

const mostStreams = 100;
const atOnce = 10;

export const idleStreamsAnswered: Rule = {
  id: 'backpressure/idle-streams-answered',
  code: 'SB-09',
  level: 'MUST',
  title: 'Many idle streams leave the server able to answer',
  statement: 'With many idle streams open the server still answers the next request within the open bound.',
  spec: [cwe(400), cwe(410)],
  access: ['stream'],
  phase: 'crowd',
  budgetMs: ({ bounds }) => 60_000 + 60 * bounds.open,
  judge: async (context) => {
    if (context.acquaintance.headersWaitForEvent) {
      throw new Undecided('on an idle stream no header block ever comes: see http/headers-before-first-event');
    }
    const { open } = context.bounds;
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => fillUp(context, patience),
      ({ probe }) => (probe?.isLate ? { boundMs: open, tookMs: probe.tookMs, heavy: true } : undefined),
    );
    if (outcome.kind === 'missed') return accusation(context, outcome.first, outcome.again);
    const { held, refused, probe } = outcome.kind === 'kept' ? outcome.result : outcome.again;
    const streams = `${held} idle streams`;
    if (outcome.kind === 'strained') {
      return inconclusive(`beside ${streams} a subscription had no answer within ${open} ms; ${outcome.message}`);
    }
    if (outcome.kind === 'unstable') {
      const before = `beside ${outcome.first.held} idle streams a subscription had no answer within ${open} ms`;
      return inconclusive(`${before}; when repeated, one beside ${streams} had`);
    }
    if (probe === undefined) throw new Undecided('none of the subscriptions was answered with an event stream');
    const detail = { evidence: probe.exchange.evidence({ observed: { idleStreams: held, answeredMs: probe.tookMs } }) };
    const answer = `${answerOf(probe.exchange)} after ${probe.tookMs} ms`;
    return pass(`beside ${streams}${refused ? ', and no more are taken,' : ''} a subscription got ${answer}`, detail);
  },
};

interface Filled {
  /** Streams that were open when the last request was sent. */
  readonly held: number;
  /** The server said that it takes no more, which is an answer. */
  readonly refused: boolean;
  /** The request that came last; undefined where not even one stream was to be had. */
  readonly probe:
    | { readonly exchange: Exchange; readonly isLate: boolean; readonly tookMs: number; readonly heldByThen: number }
    | undefined;
}

/** Opens idle streams, a few at once, until enough are open or one request is not answered. */
async function fillUp(context: RuleContext, patience: number): Promise<Filled> {
  const { clock, bounds, target } = context;
  const wanted = Math.min(mostStreams, target.capacity ?? mostStreams);
  const sent: Exchange[] = [];
  const send = (): Exchange => {
    const exchange = context.send({ keepArrivals: 1, keepBodyBytes: 1024 });
    sent.push(exchange);
    return exchange;
  };
  const held = (): number => sent.filter(({ isEventStream, end }) => isEventStream && !end).length;
  const timed = async (exchange: Exchange): Promise<NonNullable<Filled['probe']>> => {
    const heldByThen = held();
    await exchange.headWithin(bounds.open);
    const isLate = !exchange.head && !exchange.end;
    if (isLate) await exchange.headWithin(bounds.open * Math.max(2, patience));
    const tookMs = Math.round((exchange.headAtMs ?? clock.now()) - exchange.startedAtMs);
    return { exchange, isLate, tookMs, heldByThen };
  };
  try {
    while (held() < wanted) {
      const before = held();
      const batch = await Promise.all(Array.from({ length: Math.min(atOnce, wanted - before) }, () => timed(send())));
      const late = batch.find(({ isLate }) => isLate);
      if (late) return { held: held(), refused: false, probe: late };
      const turnedAway = batch.find(({ exchange }) => !exchange.isEventStream);
      if (turnedAway) {
        if (!turnedAway.exchange.head) throw new Undecided(`a subscription got ${answerOf(turnedAway.exchange)}`);
        return { held: held(), refused: true, probe: held() === 0 ? undefined : turnedAway };
      }
      // Streams that end by themselves are not idle, and never come to be many.
      if (held() <= before) throw new Undecided(`streams end by themselves: no more than ${held()} are open at once`);
    }
    return { held: held(), refused: false, probe: await timed(send()) };
  } finally {
    for (const exchange of sent) exchange.close();
  }
}

/** It counts only where a lone subscription fares better. */
async function accusation(context: RuleContext, first: Filled, again: Filled): Promise<Judgement> {
  const alone = context.send();
  await alone.headWithin(4 * context.bounds.open);
  if (!alone.head) throw new Undecided(`a lone subscription fares no better: it got ${answerOf(alone)}`);
  const aloneMs = Math.round((alone.headAtMs ?? 0) - alone.startedAtMs);
  const streams = Math.max(first.held, again.held);
  const waitedMs = again.probe?.tookMs ?? 0;
  const never = again.probe?.exchange.head === undefined;
  const observed = { idleStreams: streams, openMs: context.bounds.open, waitedMs, aloneMs };
  const fate = never ? `no answer within ${waitedMs} ms` : `its answer after ${waitedMs} ms`;
  return fail(`beside ${streams} idle streams a subscription got ${fate}, alone after ${aloneMs} ms`, {
    evidence: again.probe?.exchange.evidence({ observed }) ?? { observed },
    reproduce: `for n in $(seq ${streams}); do ${context.curl()} >/dev/null & done; sleep 2; ${context.curl()}`,
  });
}
