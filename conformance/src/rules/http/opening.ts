import { integer } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { foundDetail, search } from '../../property.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { answerOf } from './answers.ts';

const tries = 5;
const largestCrowd = 50;

export const headersBeforeFirstEvent: Rule = {
  id: 'http/headers-before-first-event',
  code: 'SH-03',
  level: 'MUST',
  title: 'Headers do not wait for the first event',
  statement: 'The header block arrives within the open bound even if no event is ever published.',
  spec: [html('sse-processing-model')],
  access: ['stream'],
  // Alone among the rules that connect: on a server that holds headers back, those publish to get an answer.
  phase: 'counting',
  budgetMs: ({ bounds }) => 30_000 + 20 * bounds.open,
  judge: async (context) => {
    const alone = await oneAfterTheOther(context);
    if ('verdict' in alone) return alone;
    return together(context, alone);
  },
};

interface OneByOne {
  readonly timesMs: readonly number[];
  /** Times of those that were late once and in time when repeated. */
  readonly lateMs: readonly number[];
}

/** One subscription after the other; gives their times where no more than one of them was late. */
async function oneAfterTheOther(context: RuleContext): Promise<Judgement | OneByOne> {
  const { open } = context.bounds;
  const timesMs: number[] = [];
  const lateMs: number[] = [];
  let counting = 0;
  for (let n = 0; n < tries; n += 1) {
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => subscribeOnce(context, patience),
      ({ isLate, afterMs, waitedMs }) => (isLate ? { boundMs: open, tookMs: Math.min(afterMs, waitedMs) } : undefined),
    );
    switch (outcome.kind) {
      case 'kept':
        timesMs.push(outcome.result.afterMs);
        continue;
      case 'unstable':
        timesMs.push(outcome.again.afterMs);
        lateMs.push(outcome.first.afterMs);
        if (!outcome.excused) counting += 1;
        if (counting < 2) continue;
        return fail(lateness(context, lateMs), detailOf(context, outcome.first.exchange, lateMs));
      case 'missed':
        lateMs.push(outcome.first.afterMs, outcome.again.afterMs);
        return fail(lateness(context, lateMs), detailOf(context, outcome.again.exchange, lateMs));
      case 'strained':
        return inconclusive(`${lateness(context, [outcome.again.afterMs])}; ${outcome.message}`);
    }
  }
  return { timesMs, lateMs };
}

interface Subscription {
  readonly exchange: Exchange;
  readonly isLate: boolean;
  /** From the request to its header block; infinite where none came. */
  readonly afterMs: number;
  readonly waitedMs: number;
}

async function subscribeOnce(context: RuleContext, patience: number): Promise<Subscription> {
  const { open } = context.bounds;
  const exchange = context.send();
  await exchange.headWithin(open);
  const isLate = exchange.head === undefined;
  // Late or never are two different faults: only waiting on tells which.
  if (isLate) await exchange.headWithin(patience * Math.max(3 * open, 2000));
  exchange.close();
  if (!exchange.head && exchange.end?.kind !== 'closed-here') {
    throw new Undecided(`a subscription got ${answerOf(exchange)}`);
  }
  return { exchange, isLate, afterMs: headMs(exchange), waitedMs: context.clock.now() - exchange.startedAtMs };
}

/** Many subscriptions at once, from the number that the server must hold downward. */
async function together(context: RuleContext, alone: OneByOne): Promise<Judgement> {
  const { open } = context.bounds;
  const most = Math.min(largestCrowd, context.target.capacity ?? largestCrowd, Math.max(...context.effort.crowds));
  let unstable: string | undefined;
  const result = await search(
    context,
    integer({ min: Math.min(2, most), max: most }),
    async (size) => {
      const outcome = await repeatBeforeAccusing(
        context,
        (patience) => crowd(context, size, patience),
        ({ late, slowestMs }) => (late === 0 ? undefined : { boundMs: open, tookMs: slowestMs, heavy: true }),
      );
      if (outcome.kind === 'kept') return undefined;
      const { again } = outcome;
      const first = 'first' in outcome ? outcome.first : again;
      const said = `of ${size} subscriptions at once ${first.late} had no header block within ${open} ms`;
      if (outcome.kind === 'missed') {
        return { message: `${said}, and of ${size} more ${again.late}`, evidence: again.evidence };
      }
      unstable =
        outcome.kind === 'strained'
          ? `${said}; ${outcome.message}`
          : `${said}; of ${size} more all had, within ${again.slowestMs} ms`;
      return undefined;
    },
    [most, Math.ceil(most / 3)],
    3,
  );
  if (result.found) {
    return fail(result.complaint.message, foundDetail(result));
  }
  if (alone.lateMs.length > 0)
    unstable = `${lateness(context, alone.lateMs)}, and ${alone.timesMs.length} times in time`;
  if (unstable !== undefined) return inconclusive(unstable);
  const slowest = Math.round(Math.max(...alone.timesMs));
  return pass(
    `${tries} subscriptions had their header block within ${slowest} ms, and so had ${most} at once within ${open} ms`,
  );
}

interface Crowd {
  /** Subscriptions without a header block at the bound; those that were not taken at all do not count. */
  readonly late: number;
  /** Time of the slowest header block; where one never came, how long it was waited for. */
  readonly slowestMs: number;
  readonly evidence: NonNullable<Judgement['evidence']>;
}

/** Opens `size` subscriptions at once. */
async function crowd(context: RuleContext, size: number, patience: number): Promise<Crowd> {
  const { open } = context.bounds;
  // What the last ones left to do is no load of these.
  const calm = context.send();
  await calm.headWithin(4 * open);
  calm.close();
  const exchanges = Array.from({ length: size }, () => context.send());
  await Promise.all(exchanges.map((exchange) => exchange.headWithin(open * patience)));
  const unanswered = exchanges.filter(({ head, end }) => !head && !end);
  const answered = exchanges.filter(({ head }) => head);
  for (const exchange of exchanges) exchange.close();
  if (unanswered.length + answered.length === 0) {
    throw new Undecided(`none of ${size} subscriptions at once was taken`);
  }
  // A block that came in the moment in which the wait for it ended was in time.
  const late = [...unanswered, ...(patience > 1 ? answered.filter((exchange) => headMs(exchange) > open) : [])];
  const waitedMs = unanswered.length > 0 ? open * patience : 0;
  const slowestMs = Math.round(Math.max(waitedMs, ...answered.map(headMs)));
  const observed = { subscriptions: size, withoutHeaders: late.length, slowestMs };
  return { late: late.length, slowestMs, evidence: (late[0] ?? exchanges[0])?.evidence({ observed }) ?? {} };
}

function headMs({ startedAtMs, headAtMs }: Exchange): number {
  return (headAtMs ?? Number.POSITIVE_INFINITY) - startedAtMs;
}

/** What the late ones say: that the server is slow, or that it waits for an event. */
function lateness(context: RuleContext, lateMs: readonly number[]): string {
  const { open } = context.bounds;
  if (context.acquaintance.headersWaitForEvent) {
    return `no header block within ${open} ms: the server sends it only with the first event`;
  }
  const came = lateMs.filter(Number.isFinite).map((ms) => `${Math.round(ms)} ms`);
  if (came.length === lateMs.length) return `the header block came after ${came.join(' and ')}, not within ${open} ms`;
  return `no header block within ${open} ms, and none after ${Math.max(3 * open, 2000) + open} ms`;
}

function detailOf(
  context: RuleContext,
  exchange: Exchange,
  lateMs: readonly number[],
): Omit<Judgement, 'verdict' | 'message'> {
  const headersAfterMs = lateMs.filter(Number.isFinite).map(Math.round);
  const { headersWaitForEvent } = context.acquaintance;
  return {
    evidence: exchange.evidence({ observed: { openMs: context.bounds.open, headersAfterMs, headersWaitForEvent } }),
    reproduce: context.curl(),
  };
}
