import { integer } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { foundDetail, search } from '../../property.ts';
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

/** One subscription after the other; gives their times where no more than one of them was late. */
async function oneAfterTheOther(context: RuleContext): Promise<Judgement | { timesMs: number[]; lateMs: number[] }> {
  const { open } = context.bounds;
  const timesMs: number[] = [];
  const lateMs: number[] = [];
  for (let n = 0; n < tries; n += 1) {
    const exchange = context.send();
    await exchange.headWithin(open);
    const late = exchange.head === undefined;
    // Late or never are two different faults: only waiting on tells which.
    if (late) await exchange.headWithin(Math.max(3 * open, 2000));
    exchange.close();
    if (!exchange.head && exchange.end?.kind !== 'closed-here') {
      throw new Undecided(`a subscription got ${answerOf(exchange)}`);
    }
    if (!late) timesMs.push(headMs(exchange));
    else {
      lateMs.push(exchange.head ? headMs(exchange) : Number.POSITIVE_INFINITY);
      if (lateMs.length > 1) return fail(lateness(context, lateMs), { ...detailOf(context, exchange, lateMs) });
    }
  }
  return { timesMs, lateMs };
}

/** Many subscriptions at once, from the number that the server must hold downward. */
async function together(context: RuleContext, alone: { timesMs: number[]; lateMs: number[] }): Promise<Judgement> {
  const { open } = context.bounds;
  const most = Math.min(largestCrowd, context.target.capacity ?? largestCrowd, Math.max(...context.effort.crowds));
  let unstable: string | undefined;
  const result = await search(
    context,
    integer({ min: Math.min(2, most), max: most }),
    async (size) => {
      const first = await crowd(context, size);
      if (first.late === 0) return undefined;
      const again = await crowd(context, size);
      const both = `of ${size} subscriptions at once ${first.late} had no header block within ${open} ms`;
      if (again.late === 0) {
        unstable = `${both}; of ${size} more all had, within ${again.slowestMs} ms`;
        return undefined;
      }
      return { message: `${both}, and of ${size} more ${again.late}`, evidence: again.evidence };
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

/** Opens `size` subscriptions at once; those that were not taken at all do not count. */
async function crowd(
  context: RuleContext,
  size: number,
): Promise<{ late: number; slowestMs: number; evidence: NonNullable<Judgement['evidence']> }> {
  // What the last ones left to do is no load of these.
  const calm = context.send();
  await calm.headWithin(4 * context.bounds.open);
  calm.close();
  const exchanges = Array.from({ length: size }, () => context.send());
  await Promise.all(exchanges.map((exchange) => exchange.headWithin(context.bounds.open)));
  const late = exchanges.filter(({ head, end }) => !head && !end);
  const answered = exchanges.filter(({ head }) => head);
  for (const exchange of exchanges) exchange.close();
  if (late.length + answered.length === 0) throw new Undecided(`none of ${size} subscriptions at once was taken`);
  const slowestMs = Math.round(Math.max(0, ...answered.map(headMs)));
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
