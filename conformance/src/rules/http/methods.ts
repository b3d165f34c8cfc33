import { type Arbitrary, array, constantFrom, oneof, string } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import { escapeControls, markedBytes } from '../../access/marked-bytes.ts';
import { type RuleContext, rawCommand } from '../../context.ts';
import type { LateBy } from '../../harness-load.ts';
import { header } from '../../judge/response-reader.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, warn } from '../../verdict.ts';
import { answerOf, isBusy } from './answers.ts';

export const headAnswered: Rule = {
  id: 'http/head-answered',
  code: 'SH-07',
  level: 'MUST',
  title: 'HEAD is answered at once',
  statement: 'HEAD is answered within the open bound and without a body, whatever the status.',
  spec: [rfc(9110, '9.3.2')],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => (await oneHead(context)) ?? manyHeads(context),
};

/** One HEAD, and another where it went wrong; undefined where the answer was right. */
async function oneHead(context: RuleContext): Promise<Judgement | undefined> {
  const { open } = context.bounds;
  let waitMs = open;
  const outcome = await repeatBeforeAccusing(
    context,
    async (patience) => {
      const answer = await sendHead(context, waitMs * patience);
      const complaint = headComplaint(answer, waitMs * patience);
      const mayBeLate = waitMs * patience > open;
      waitMs = 3 * open;
      const afterMs = Math.round((answer.endAtMs ?? 0) - answer.startedAtMs);
      return { answer, complaint, afterMs, isLate: complaint !== undefined || (mayBeLate && afterMs > open) };
    },
    ({ answer, afterMs, isLate }) => {
      if (answer.surplusBytes > 0) return 'wrong';
      return isLate ? { boundMs: open, tookMs: afterMs } : undefined;
    },
  );
  if (outcome.kind === 'kept') return undefined;
  const { answer, complaint, afterMs } = outcome.again;
  const late = `HEAD was answered only after ${afterMs} ms`;
  if (outcome.kind === 'strained') return inconclusive(`${complaint ?? late}; ${outcome.message}`);
  const before = outcome.first.complaint ?? `HEAD was answered only after ${outcome.first.afterMs} ms`;
  if (outcome.kind === 'unstable') return inconclusive(`${before}; another was answered in ${afterMs} ms`);
  return fail(complaint ?? `${before}; another was answered only after ${afterMs} ms`, {
    ...(answer.surplusBytes > 0
      ? surplusDetail(answer)
      : { evidence: answer.evidence(), reproduce: context.curl({ method: 'HEAD' }) }),
  });
}

/** What came, and how to see it: curl does not show what follows the answer to HEAD. */
function surplusDetail(answer: Exchange): Pick<Judgement, 'evidence' | 'reproduce'> {
  const bytes = markedBytes(answer.surplus, 0, [0, answer.surplus.length]);
  return { evidence: answer.evidence({ bytes }), reproduce: rawCommand(answer.request) };
}

/** Sends HEAD and looks on for a moment after the answer: a body has no right to follow. */
async function sendHead(context: RuleContext, patienceMs: number): Promise<Exchange> {
  const answer = context.send({ method: 'HEAD', lingers: true });
  await answer.endWithin(patienceMs);
  if (answer.head) await answer.until(() => (answer.surplusBytes > 0 ? true : undefined), Math.min(200, patienceMs));
  answer.close();
  return answer;
}

function headComplaint(answer: Exchange, patienceMs: number): string | undefined {
  if (!answer.head) return `HEAD got ${answerOf(answer)} within ${patienceMs} ms`;
  if (answer.surplusBytes === 0) return undefined;
  const shown = escapeControls(Buffer.from(answer.surplus.subarray(0, 60)).toString());
  return `behind the header block that ends the answer to HEAD come ${answer.surplusBytes} bytes or more: "${shown}"`;
}

/** Many HEADs among subscriptions: each is answered, and the server still takes subscriptions. */
async function manyHeads(context: RuleContext): Promise<Judgement> {
  const most = Math.max(1, Math.min(context.effort.repeats, Math.floor((context.target.capacity ?? 100) / 2)));
  const mixes = array(constantFrom<Mix[number]>('HEAD', 'HEAD', 'HEAD', 'subscription'), {
    minLength: 1,
    maxLength: most,
  });
  const before = await context.subscribe();
  before.close();
  let heads = 0;
  let unstable: string | undefined;
  const result = await search<Mix>(
    context,
    mixes,
    async (mix) => {
      heads += mix.filter((kind) => kind === 'HEAD').length;
      const { open } = context.bounds;
      // Longer when repeated, as a machine that is busy for a moment is no server that works on one at a time.
      let waitMs = open;
      const outcome = await repeatBeforeAccusing(
        context,
        async (patience) => {
          const result = await mixComplaint(context, mix, waitMs, patience);
          waitMs = 3 * open;
          return result;
        },
        (found) => found?.late,
      );
      if (outcome.kind === 'kept') return undefined;
      if (outcome.kind === 'missed') return outcome.again;
      unstable =
        outcome.kind === 'strained'
          ? `${outcome.again?.message}; ${outcome.message}`
          : `${outcome.first?.message}; the same again went well`;
      return undefined;
    },
    [Array.from({ length: most }, () => 'HEAD')],
    3,
  );
  if (result.found) {
    return fail(result.complaint.message, foundDetail(result));
  }
  return unstable === undefined
    ? pass(`${heads + 1} HEADs were answered without a body, alone and among subscriptions`)
    : inconclusive(unstable);
}

type Mix = readonly ('HEAD' | 'subscription')[];

interface MixComplaint extends Complaint {
  readonly late: LateBy | 'wrong';
}

async function mixComplaint(
  context: RuleContext,
  mix: Mix,
  limitMs: number,
  patience: number,
): Promise<MixComplaint | undefined> {
  const exchanges = mix.map((kind) => context.send(kind === 'HEAD' ? { method: 'HEAD' } : {}));
  const heads = exchanges.filter(({ request }) => request.method === 'HEAD');
  await Promise.all(exchanges.map((exchange) => exchange.headWithin(limitMs * patience)));
  const timeOf = ({ startedAtMs, headAtMs }: Exchange): number => (headAtMs ?? context.clock.now()) - startedAtMs;
  const late = heads.filter((answer) => !answer.end && (!answer.head || (patience > 1 && timeOf(answer) > limitMs)));
  const slowestMs = Math.max(...heads.map(timeOf));
  const answer = await context.ask();
  for (const exchange of [...exchanges, answer]) exchange.close();
  const { open } = context.bounds;
  if (late.length > 0) {
    return {
      message: `${late.length} of ${heads.length} HEADs at once were not answered within ${limitMs} ms`,
      ...(late[0] ? { evidence: late[0].evidence() } : {}),
      late: { boundMs: open, tookMs: slowestMs, heavy: true },
    };
  }
  if (answer.isEventStream || (answer.head && isBusy(answer.head))) return undefined;
  return {
    message: `after ${heads.length} HEADs a subscription got ${answerOf(answer)}`,
    evidence: answer.evidence(),
    late: answer.head || answer.end?.kind !== 'closed-here' ? 'wrong' : { boundMs: open, tookMs: open, heavy: true },
  };
}

export const unsupportedMethod: Rule = {
  id: 'http/unsupported-method',
  code: 'SH-08',
  level: 'SHOULD',
  title: 'A method that is not supported opens no stream',
  // 405 says it best, and 400, 404 and 501 say it; whether a method that gets a 2xx has a use there cannot be told from outside.
  statement:
    'A method that the endpoint does not support opens no stream, keeps nobody waiting and causes no error of the server; a 405 names in Allow what works.',
  spec: [rfc(9110, '9.1'), rfc(9110, '15.5.6'), rfc(9110, '10.2.1')],
  access: ['stream'],
  phase: 'connections',
  disruptive: true,
  judge: async (context) => {
    const { stream, dual } = context.target;
    // On an endpoint such as MCP's, DELETE ends the session that the run is in.
    const usual = ['PUT', 'PATCH', ...(dual ? [] : ['DELETE']), ...(stream.method === 'GET' ? [] : ['GET'])];
    const examples = [...usual, 'BREW'].filter((method) => method !== stream.method);
    let withoutAllow: { method: string; complaint: Complaint } | undefined;
    const judged = async (method: string): Promise<Complaint | undefined> => {
      const answer = await sendMethod(context, method);
      if (answer.head?.status === 405 && header(answer.head, 'allow') === undefined) {
        const message = `${method} got status 405 without Allow, which must name the methods that work`;
        withoutAllow ??= { method, complaint: { message, evidence: answer.evidence() } };
      }
      return methodComplaint(context, method, answer);
    };
    const result = await search(context, methodsLike(examples, stream.method), judged, examples, 12);
    // RFC 9110 15.5.6 makes this a MUST.
    if (withoutAllow) {
      const { message, evidence } = withoutAllow.complaint;
      const reproduce = context.curl({ method: withoutAllow.method });
      return fail(message, { ...(evidence ? { evidence } : {}), reproduce });
    }
    if (result.found) {
      return warn(result.complaint.message, foundDetail(result, context.curl({ method: result.value })));
    }
    return pass(`${result.tried} requests with ${examples.join(', ')} and invented methods opened no stream`);
  },
};

/** Methods that a stream has no use for; those with a meaning everywhere, and the stream's own, are left out. */
function methodsLike(examples: readonly string[], streamMethod: string): Arbitrary<string> {
  const general = ['GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'TRACE', 'QUERY', 'DELETE', streamMethod.toUpperCase()];
  const letters = constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const invented = string({ unit: letters, minLength: 1, maxLength: 12 }).filter((name) => !general.includes(name));
  return oneof(constantFrom(...examples, 'PROPFIND', 'REPORT', 'LINK'), invented);
}

async function sendMethod(context: RuleContext, method: string): Promise<Exchange> {
  const { open } = context.bounds;
  const send = async (patienceMs: number): Promise<Exchange> => {
    const answer = context.send({ method, body: '' });
    await answer.headWithin(patienceMs);
    if (!answer.isEventStream) await answer.endWithin(patienceMs);
    answer.close();
    return answer;
  };
  let waitMs = open;
  const outcome = await repeatBeforeAccusing(
    context,
    async (patience) => {
      const answer = await send(waitMs * patience);
      const waitedMs = waitMs * patience;
      waitMs = 3 * open;
      return { answer, waitedMs };
    },
    ({ answer, waitedMs }) =>
      answer.end?.kind === 'closed-here' && !answer.isEventStream ? { boundMs: open, tookMs: waitedMs } : undefined,
  );
  if (outcome.kind === 'strained') throw new Undecided(`${method} got no complete answer; ${outcome.message}`);
  return outcome.kind === 'kept' ? outcome.result.answer : outcome.again.answer;
}

function methodComplaint(context: RuleContext, method: string, answer: Exchange): Complaint | undefined {
  const evidence = answer.evidence();
  // Beside a POST stream there may well be one for GET, as in MCP.
  if (method === 'GET') return undefined;
  if (answer.isEventStream) return { message: `${method} opens an event stream`, evidence };
  if (answer.end?.kind === 'closed-here') {
    return {
      message: `${method} got ${answerOf(answer)} and no end of it within ${3 * context.bounds.open} ms`,
      evidence,
    };
  }
  const status = answer.head?.status ?? 0;
  return status >= 500 && ![501, 503, 505].includes(status)
    ? { message: `${method} got status ${status}`, evidence }
    : undefined;
}
