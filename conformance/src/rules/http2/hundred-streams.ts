import { answerOfHttp2, type RuleContext } from '../../context.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { inconclusive, type Judgement, pass, skip, warn } from '../../verdict.ts';
import { curlHttp2 } from './curl.ts';

const wanted = 100;

export const hundredStreams: Rule = {
  id: 'http2/hundred-streams',
  code: 'SZ-07',
  level: 'SHOULD',
  title: 'At least 100 streams on one HTTP/2 connection',
  statement:
    'One connection carries at least 100 streams at once: HTTP/2 is what takes a browser past six tabs with a stream each.',
  spec: [rfc(9113, '6.5.2'), html('authoring-notes')],
  access: ['stream'],
  profiles: ['h2'],
  phase: 'crowd',
  budgetMs: ({ bounds }) => 60_000 + 120 * bounds.open,
  judge: async (context) => {
    const { capacity } = context.target;
    if (capacity !== undefined && capacity < wanted) {
      return skip('profile', `for servers with room for ${wanted} streams: the target declares ${capacity}`);
    }
    const waitMs = 10 * context.bounds.open;
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => openAll(context, patience * waitMs),
      ({ judgement, waitedMs }) => {
        if (judgement.verdict !== 'warn') return undefined;
        return waitedMs === undefined ? 'wrong' : { boundMs: waitMs, tookMs: waitedMs, heavy: true };
      },
    );
    if (outcome.kind === 'kept') return outcome.result.judgement;
    if (outcome.kind === 'missed') return outcome.again.judgement;
    const more = outcome.kind === 'strained' ? outcome.message : 'when repeated, all were served';
    const { message } = outcome.kind === 'strained' ? outcome.again.judgement : outcome.first.judgement;
    return inconclusive(`${message}; ${more}`);
  },
};

interface Opened {
  readonly judgement: Judgement;
  /** How long a missing answer was waited for; undefined where none is missing. */
  readonly waitedMs?: number;
}

async function openAll(context: RuleContext, waitMs: number): Promise<Opened> {
  const connection = await context.connectHttp2();
  try {
    // With the first answer any SETTINGS that follow the first ones are in.
    await context.subscribeHttp2(connection, 1);
    const limit = connection.maxConcurrentStreams;
    const observed = { maxConcurrentStreams: limit ?? 'absent' };
    if (limit !== undefined && limit < wanted) {
      const detail = { evidence: { observed }, reproduce: curlHttp2(context) };
      return {
        judgement: warn(`SETTINGS_MAX_CONCURRENT_STREAMS is ${limit}: recommended are ${wanted} or more`, detail),
      };
    }
    const streams = Array.from({ length: wanted - 1 }, () => context.sendHttp2(connection));
    await Promise.all(
      streams.map((stream) => stream.until(() => (stream.head || stream.end ? true : undefined), waitMs)),
    );
    const unserved = streams.filter(({ isEventStream }) => !isEventStream);
    const [other] = unserved;
    const says = limit === undefined ? 'it names no limit' : `it allows ${limit}`;
    if (!other) {
      return { judgement: pass(`${wanted} streams are open on one connection; ${says}`, { evidence: { observed } }) };
    }
    const message = `of ${wanted} streams on one connection ${unserved.length} were not served: one got ${answerOfHttp2(other)}; ${says}`;
    const detail = { evidence: other.evidence({ observed: { ...observed, served: wanted - unserved.length } }) };
    // That is a limit of the server as a whole.
    if (other.status !== undefined) return { judgement: inconclusive(`${message}: declare the capacity`, detail) };
    if (context.acquaintance.headersWaitForEvent) return { judgement: inconclusive(message, detail) };
    return { judgement: warn(message, detail), ...(other.end ? {} : { waitedMs: waitMs }) };
  } finally {
    connection.close();
  }
}
