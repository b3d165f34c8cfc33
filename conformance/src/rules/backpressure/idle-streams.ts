import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { answerOf, isBusy } from '../http/answers.ts';
import { isNearlyFull } from '../places.ts';

const mostStreams = 100;
const atOnce = 10;

export const idleStreamsAnswered: Rule = {
  id: 'backpressure/idle-streams-answered',
  code: 'SB-09',
  level: 'MUST',
  title: 'Many idle streams leave the server able to answer',
  statement:
    'With many idle streams open the server still answers the next request within the open bound, and below a declared capacity with a stream.',
  spec: [cwe(400), cwe(410)],
  access: ['stream'],
  phase: 'crowd',
  budgetMs: ({ bounds }) => 60_000 + 60 * bounds.open,
  judge: async (context) => {
    if (context.acquaintance.headersWaitForEvent) {
      throw new Undecided('on an idle stream no header block ever comes: see http/headers-before-first-event');
    }
    const { open } = context.bounds;
    let attempts = 0;
    const outcome = await repeatBeforeAccusing(
      context,
      async (patience) => {
        attempts += 1;
        // Some servers let go of the streams before at their next heartbeat only.
        if (attempts === 2) await context.sleep(Math.min(30_000, 1.5 * context.bounds['idle-soft']));
        return fillUp(context, patience);
      },
      ({ fate, probe, refusedForMs }) => {
        switch (fate) {
          case 'answered':
          case 'full':
            return undefined;
          case 'broken':
            return 'wrong';
          // On a busy machine a server may say that it has no time.
          case 'short':
            return { boundMs: open, tookMs: refusedForMs, heavy: true };
          case 'late':
            return { boundMs: open, tookMs: probe?.tookMs ?? open, heavy: true };
        }
      },
    );
    if (outcome.kind === 'missed') return accusation(context, outcome.first, outcome.again);
    const { held, fate, probe } = outcome.kind === 'kept' ? outcome.result : outcome.again;
    const streams = `${held} idle streams`;
    if (outcome.kind === 'strained') return inconclusive(`${wentWrong(outcome.again, open)}; ${outcome.message}`);
    if (outcome.kind === 'unstable') {
      return inconclusive(`${wentWrong(outcome.first, open)}; when repeated, one beside ${streams} was well answered`);
    }
    if (probe === undefined) throw new Undecided('none of the subscriptions was answered with an event stream');
    const detail = { evidence: probe.exchange.evidence({ observed: { idleStreams: held, answeredMs: probe.tookMs } }) };
    const answer = `${answerOf(probe.exchange)} after ${probe.tookMs} ms`;
    return pass(
      `beside ${streams}${fate === 'full' ? ', and no more are taken,' : ''} a subscription got ${answer}`,
      detail,
    );
  },
};

interface Filled {
  /** Streams that were open when the last request was sent. */
  readonly held: number;
  /**
   * What became of the last request: `full` where the server said that it takes no more, which is an answer; `short`
   * where it said so below its declared capacity; `broken` where it failed in another way; `late` where it was silent.
   */
  readonly fate: 'answered' | 'full' | 'short' | 'broken' | 'late';
  /** The request that came last; undefined where not even one stream was to be had. */
  readonly probe: Probe | undefined;
  /** How long others were refused after it, in ms. */
  readonly refusedForMs: number;
}

interface Probe {
  readonly exchange: Exchange;
  readonly isLate: boolean;
  readonly tookMs: number;
}

/** What went wrong beside idle streams. */
function wentWrong({ held, fate, probe }: Filled, openMs: number): string {
  const got = fate === 'late' || !probe ? `had no answer within ${openMs} ms` : `got ${answerOf(probe.exchange)}`;
  return `beside ${held} idle streams a subscription ${got}`;
}

/** Opens idle streams, a few at once, until enough are open or one request is not answered well. */
async function fillUp(context: RuleContext, patience: number): Promise<Filled> {
  const { clock, bounds, target } = context;
  const wanted = Math.min(mostStreams, target.capacity ?? mostStreams);
  const sent: Exchange[] = [];
  const held = (): number => sent.filter(({ isEventStream, end }) => isEventStream && !end).length;
  const probe = async (): Promise<Probe> => {
    const exchange = context.send({ keepArrivals: 1, keepBodyBytes: 1024 });
    sent.push(exchange);
    await exchange.headWithin(bounds.open);
    const isLate = !exchange.head && !exchange.end;
    if (isLate) await exchange.headWithin(bounds.open * Math.max(2, patience));
    const tookMs = Math.round((exchange.headAtMs ?? clock.now()) - exchange.startedAtMs);
    return { exchange, isLate, tookMs };
  };
  const filled = (fate: Filled['fate'], last: Probe): Filled => {
    const refusedForMs = clock.now() - (last.exchange.headAtMs ?? clock.now());
    return { held: held(), fate, probe: last, refusedForMs };
  };
  try {
    for (;;) {
      const before = held();
      const isLast = before >= wanted;
      const batch = await Promise.all(Array.from({ length: isLast ? 1 : Math.min(atOnce, wanted - before) }, probe));
      const late = batch.find(({ isLate }) => isLate);
      if (late) return filled('late', late);
      const turnedAway = batch.find(({ exchange }) => !exchange.isEventStream);
      if (turnedAway) {
        if (held() === 0) return { held: 0, fate: 'full', probe: undefined, refusedForMs: 0 };
        const fate = await fateOfRefused(context, turnedAway.exchange, patience, probe);
        if (typeof fate === 'string') return filled(fate, turnedAway);
        if (isLast) return filled('answered', fate);
      } else if (isLast && batch[0]) return filled('answered', batch[0]);
      // Streams that end by themselves are not idle, and never come to be many.
      if (held() <= before) throw new Undecided(`streams end by themselves: no more than ${held()} are open at once`);
    }
  } finally {
    for (const exchange of sent) exchange.close();
  }
}

/** Pauses before a refused client comes again, in ms. */
const pausesMs = [100, 200, 400, 800] as const;

/**
 * What a refusal beside idle streams comes to.
 * @param again sends another subscription
 * @returns one of those where it got a stream: the first was put off, and the server is not full
 * @throws Undecided where the answer is neither a stream nor a word on how full the server is
 */
async function fateOfRefused(
  context: RuleContext,
  refused: Exchange,
  patience: number,
  again: () => Promise<Probe>,
): Promise<'full' | 'short' | 'broken' | Probe> {
  const { head } = refused;
  if (!head) throw new Undecided(`a subscription got ${answerOf(refused)}`);
  if (head.status >= 500 && !isBusy(head)) return 'broken';
  if (!isBusy(head)) {
    throw new Undecided(`beside idle streams a subscription got ${answerOf(refused)}: see security/connection-limit`);
  }
  const { capacity } = context.target;
  if (capacity === undefined || (await isNearlyFull(context, capacity))) return 'full';
  for (const pauseMs of pausesMs) {
    await context.sleep(pauseMs * patience);
    const probe = await again();
    if (probe.exchange.isEventStream) return probe;
  }
  if (await isNearlyFull(context, capacity)) return 'full';
  const shown = `${answerOf(refused)} where the target declares room for ${capacity} streams`;
  // Too many requests in a time says nothing of how many may be open at once.
  if (head.status === 429) throw new Undecided(`beside idle streams a subscription got ${shown}`);
  // Others may be connected, too, and take room.
  if (context.countsSockets && !context.target.onLoopback) {
    throw new Undecided(`beside idle streams a subscription got ${shown}; who else is connected shows with --stats`);
  }
  return 'short';
}

/** It counts only where a lone subscription fares better. */
async function accusation(context: RuleContext, first: Filled, again: Filled): Promise<Judgement> {
  const { open } = context.bounds;
  let alone = context.send();
  await alone.headWithin(4 * open);
  for (const pauseMs of pausesMs) {
    if (alone.isEventStream || again.fate === 'late') break;
    // The others have only just left.
    await context.sleep(pauseMs);
    alone = context.send();
    await alone.headWithin(4 * open);
  }
  if (!alone.isEventStream) throw new Undecided(`a lone subscription fares no better: it got ${answerOf(alone)}`);
  const aloneMs = Math.round((alone.headAtMs ?? 0) - alone.startedAtMs);
  const streams = Math.max(first.held, again.held);
  const waitedMs = again.probe?.tookMs ?? 0;
  const observed = { idleStreams: streams, openMs: open, waitedMs, aloneMs };
  const declared =
    again.fate === 'short' ? `the target declares room for ${context.target.capacity} streams, and ` : '';
  return fail(
    `${declared}beside ${streams} idle streams a subscription got ${fateInWords(again)}, alone a stream after ${aloneMs} ms`,
    {
      evidence: again.probe?.exchange.evidence({ observed }) ?? { observed },
      reproduce: `for n in $(seq ${streams}); do ${context.curl()} >/dev/null & done; sleep 2; ${context.curl()}`,
    },
  );
}

function fateInWords({ fate, probe }: Filled): string {
  if (!probe?.exchange.head) return `no answer within ${probe?.tookMs ?? 0} ms`;
  return fate === 'late' ? `its answer after ${probe.tookMs} ms` : answerOf(probe.exchange);
}
