import type { Http2Stream } from '../../access/http2-connection.ts';
import { answerOfHttp2, type RuleContext } from '../../context.ts';
import type { LateBy } from '../../harness-load.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement } from '../../verdict.ts';
import { judgeVisits, leavingBudgetMs, unheld } from '../cleanup/leaving.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { requireEndless } from './endless.ts';

const mostStreams = 10;
const cancelledFirst = 3;

export const resetEndsOne: Rule = {
  id: 'http2/reset-ends-one',
  code: 'SZ-05',
  level: 'MUST',
  title: 'RST_STREAM ends that subscription only',
  statement:
    'A stream that the client resets is let go at once, and the others on its connection go on, as do new ones.',
  spec: [rfc(9113, '5.1'), rfc(9113, '6.4')],
  access: ['stats'],
  profiles: ['h2'],
  phase: 'publishing',
  budgetMs: leavingBudgetMs,
  judge: async (context) => {
    const events = context.target.publish === undefined ? undefined : new NumberedEvents(context, 'reset');
    let complaint: Judgement | undefined;
    const act = async (before: number): Promise<number> => {
      if (complaint) return 0;
      const outcome = await repeatBeforeAccusing(
        context,
        (patience) => resetSome(context, events, before, patience),
        ({ late }) => late,
      );
      if (outcome.kind === 'kept') return outcome.result.streams;
      const { message } = (outcome.kind === 'strained' ? outcome.again : outcome.first).complaint ?? { message: '' };
      if (outcome.kind === 'missed') complaint = outcome.first.complaint;
      else if (outcome.kind === 'strained') complaint = inconclusive(`${message}; ${outcome.message}`);
      else complaint = inconclusive(`${message}; not so when tried again`);
      return outcome.again.streams;
    };
    const judgement = await judgeVisits(context, [{ name: 'streams reset over HTTP/2', act }]);
    // What is not certain does not hide what is.
    const isHidden = complaint?.verdict === 'inconclusive' && judgement.verdict !== 'pass';
    return isHidden ? judgement : (complaint ?? judgement);
  },
};

/** Some streams of one connection were reset; `late` where more time could have mended what is complained of. */
interface Reset {
  readonly streams: number;
  readonly complaint?: Judgement | undefined;
  readonly late?: LateBy | 'wrong' | undefined;
}

async function resetSome(
  context: RuleContext,
  events: NumberedEvents | undefined,
  before: number,
  patience: number,
): Promise<Reset> {
  const streams = await openCounted(context, before);
  const order = shuffled(context, streams);
  const rest = order.slice(cancelledFirst);
  if (events) await allGet(context, events, rest, 'before any was reset');
  for (const stream of order.slice(0, cancelledFirst)) stream.cancel();
  // What is published next must not overtake them.
  await unheldUntil(context, (count) => count <= before + rest.length);
  const { complaint, late } = await complaintAboutRest(context, rest, events, patience);
  for (const stream of rest) stream.cancel();
  // Those of the next try are counted from here.
  if (complaint) await unheldUntil(context, (count) => count <= before);
  return { streams: streams.length, complaint, late };
}

/** Opens streams on one connection. @throws Undecided where the server's count does not show them */
async function openCounted(context: RuleContext, before: number): Promise<Http2Stream[]> {
  const connection = await context.connectHttp2();
  const { capacity } = context.target;
  const count = Math.min(
    mostStreams,
    connection.maxConcurrentStreams ?? mostStreams,
    (capacity ?? mostStreams + 2) - 2,
  );
  if (count <= cancelledFirst) throw new Undecided(`the server has room for ${count} streams on a connection`);
  const streams = await context.subscribeHttp2(connection, count);
  const counted = await unheldUntil(context, (now) => now >= before + count);
  if (counted < before + count) {
    throw new Undecided(`of ${count} streams open over HTTP/2 the server counts ${counted - before}`);
  }
  return streams;
}

/** Asks until `wanted` holds or the `gone` bound is over. */
async function unheldUntil(context: RuleContext, wanted: (count: number) => boolean): Promise<number> {
  const deadline = context.clock.now() + context.bounds.gone;
  for (;;) {
    const now = await unheld(context);
    if (wanted(now) || context.clock.now() > deadline || context.signal.aborted) return now;
    await context.sleep(20);
  }
}

function shuffled(context: RuleContext, streams: readonly Http2Stream[]): Http2Stream[] {
  return streams
    .map((stream) => ({ stream, key: context.random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ stream }) => stream);
}

/** @throws Undecided where an event does not reach each of the streams */
async function allGet(
  context: RuleContext,
  events: NumberedEvents,
  streams: readonly Http2Stream[],
  when: string,
): Promise<void> {
  const missing = await missingOn(context, events, streams, 1);
  if (missing.length > 0) {
    throw new Undecided(`${when}, an event did not come on ${missing.length} of ${streams.length} streams`);
  }
}

/** Publishes an event and gives the streams on which neither it nor one after it comes. */
async function missingOn(
  context: RuleContext,
  events: NumberedEvents,
  streams: readonly Http2Stream[],
  patience: number,
): Promise<Http2Stream[]> {
  const usualMs = patienceMs(context);
  let missing = [...streams];
  for (const timeoutMs of [usualMs, patience * usualMs]) {
    const number = await events.publish();
    const arrivals = await Promise.all(missing.map((stream) => events.arrival(stream, number, timeoutMs)));
    missing = missing.filter((_, index) => arrivals[index] === undefined);
    if (missing.length === 0) break;
  }
  return missing;
}

/** What happened to the streams that were not reset, and whether a new one is served beside them. */
async function complaintAboutRest(
  context: RuleContext,
  rest: readonly Http2Stream[],
  events: NumberedEvents | undefined,
  patience: number,
): Promise<Pick<Reset, 'complaint' | 'late'>> {
  const [first] = rest;
  if (!first) return {};
  const after = `after ${cancelledFirst} of ${rest.length + cancelledFirst} streams were reset`;
  const missing = events ? await missingOn(context, events, rest, patience) : [];
  if (!events) await first.until(() => first.end, context.bounds.gone);
  const ended = rest.filter(({ end }) => end);
  const evidence = (stream: Http2Stream) => ({
    evidence: stream.evidence({
      observed: {
        streams: rest.length + cancelledFirst,
        reset: cancelledFirst,
        ended: ended.length,
        missing: missing.length,
      },
    }),
  });
  if (ended[0]) {
    requireEndless(context);
    const { end } = ended[0];
    const how = end && 'message' in end ? ` (${end.message})` : '';
    const message = `${after}, ${ended.length} of the others ended too${how}`;
    return { complaint: fail(message, evidence(ended[0])), late: 'wrong' };
  }
  const lateBy = (boundMs: number): LateBy => ({ boundMs, tookMs: patience * boundMs, heavy: true });
  if (missing[0]) {
    const message = `${after}, events do not come on ${missing.length} of the others`;
    return { complaint: fail(message, evidence(missing[0])), late: lateBy(patienceMs(context)) };
  }
  const fresh = context.sendHttp2(first.connection);
  const openMs = 5 * context.bounds.open;
  await fresh.until(() => (fresh.head || fresh.end ? true : undefined), patience * openMs);
  if (fresh.isEventStream || context.acquaintance.headersWaitForEvent) {
    fresh.cancel();
    return {};
  }
  if (fresh.status !== undefined) throw new Undecided(`${after}, a new one got ${answerOfHttp2(fresh)}`);
  const complaint = fail(`${after}, a new one on their connection gets ${answerOfHttp2(fresh)}`, evidence(fresh));
  return { complaint, late: fresh.end ? 'wrong' : lateBy(openMs) };
}
