import { type Arbitrary, constantFrom, record } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext, SendOptions } from '../../context.ts';
import { header } from '../../judge/response-reader.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, skip, warn } from '../../verdict.ts';
import { hadItsTime } from '../lifetime.ts';
import { answerOf, headOf, isBusy } from './answers.ts';

export const goneIs204: Rule = {
  id: 'http/gone-is-204',
  code: 'SH-13',
  level: 'MUST',
  title: 'An ended stream answers 204',
  statement: 'A URL declared as ended answers 204 without body and without the framing of one, every time.',
  spec: [html('server-sent-events-intro'), rfc(9110, '15.3.5'), rfc(9112, '6.1')],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    const { goneUrl } = context.target;
    if (!goneUrl)
      return skip('profile', 'for servers whose streams end for good: name one as `goneUrl` in the target file');
    for (let n = 1; n <= 2; n += 1) {
      const answer = await completed(context, { url: goneUrl, lingers: true });
      if (isBusy(headOf(answer))) throw new Undecided(`the ended URL got ${answerOf(answer)}`);
      const fault = goneFault(answer);
      const detail = { evidence: answer.evidence(), reproduce: context.curl({ url: goneUrl }) };
      if (fault !== undefined) return fail(n === 1 ? fault : `asked again, ${fault}`, detail);
    }
    return pass('204 without a body, twice');
  },
};

function goneFault(answer: Exchange): string | undefined {
  const head = headOf(answer);
  if (head.status !== 204)
    return `the ended URL gets ${answerOf(answer)}: EventSource reconnects for ever unless it gets 204`;
  const coding = header(head, 'transfer-encoding');
  if (coding !== undefined) return `204 has Transfer-Encoding: ${coding}, which announces a body`;
  const length = header(head, 'content-length');
  if (length !== undefined && length !== '0') return `204 has Content-Length: ${length}`;
  return answer.surplusBytes > 0 ? `204 is followed by a body of at least ${answer.surplusBytes} bytes` : undefined;
}

/** Asks and waits for the end of the answer, unless it is an event stream. */
async function completed(context: RuleContext, options: SendOptions, patience = 1): Promise<Exchange> {
  const answer = await context.ask(options);
  if (!answer.isEventStream) await answer.endWithin(context.bounds.open * patience);
  if (options.lingers) await answer.until(() => (answer.surplusBytes > 0 ? true : undefined), 100);
  answer.close();
  return answer;
}

export const refusedByStatus: Rule = {
  id: 'http/refused-by-status',
  code: 'SH-14',
  level: 'MUST',
  title: 'A refusal is a status, not an event',
  statement:
    'A refused subscription, such as one to a private stream without its credential, is refused by a 4xx status before any stream byte, and the refusal is complete.',
  spec: [html('sse-processing-model'), rfc(9110, '15.5')],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    const { refusedUrls, stream } = context.target;
    const parameters = [...new Set(stream.url.searchParams.keys())];
    const anonymous = withoutCredential(context);
    if (refusedUrls.length === 0 && parameters.length === 0 && !anonymous) {
      return skip(
        'profile',
        'for servers that refuse some subscriptions: name their URLs as `refusedUrls` in the target file',
      );
    }
    const declared = await judgeDeclared(context, [
      ...refusedUrls.map((url) => ({ name: `${url.pathname}${url.search}`, options: { url } })),
      ...(anonymous ? [anonymous] : []),
    ]);
    if (declared?.verdict === 'fail') return declared;
    const mutated = parameters.length > 0 ? await judgeMutations(context, parameters) : undefined;
    if (mutated?.verdict === 'fail') return mutated;
    if (declared) return declared;
    if (mutated?.verdict === 'inconclusive') return mutated;
    const seen = [
      ...(refusedUrls.length > 0 ? [`${refusedUrls.length} declared URLs were refused by status`] : []),
      ...(anonymous ? [`${anonymous.name} was refused by status`] : []),
      ...(mutated ? [mutated.message] : []),
    ];
    return pass(seen.join('; '));
  },
};

/** A subscription that must be refused. */
interface Refusable {
  /** As a sentence begins. */
  readonly name: string;
  readonly options: SendOptions;
  readonly isAnonymous?: true;
}

const credentialField = /auth|cookie|token|secret|credential|api-?key|session/i;
const credentialParameter = /auth|token|secret|key|password|session|credential|jwt|ticket|sig|code|access|^sid$/i;
const credentialInBody = /api[-_]?key|access[-_]?token|secret|password|session|credential/i;

/**
 * The subscription to a private stream without the header fields of its own; undefined where none of them looks like a
 * credential, or there may be one elsewhere, so that a stream is no wonder.
 */
function withoutCredential({ target: { profiles, stream } }: RuleContext): Refusable | undefined {
  const { url, headers, body = '' } = stream;
  const inUrl = url.username !== '' || url.password !== '';
  const fields = Object.keys(headers).filter((name) => credentialField.test(name));
  const mayBeElsewhere =
    credentialInBody.test(body) || [...url.searchParams.keys()].some((name) => credentialParameter.test(name));
  if (!profiles.has('private') || (fields.length === 0 && !inUrl) || mayBeElsewhere) return undefined;
  const own = Object.keys(headers).filter((name) => !/^(accept|content-type)$/i.test(name));
  return {
    name: `a subscription without ${[...fields, ...(inUrl ? ['name and password'] : [])].join(' and ')}`,
    options: {
      url: Object.assign(new URL(url), { username: '', password: '' }),
      headers: Object.fromEntries(own.map((name) => [name, null])),
    },
    isAnonymous: true,
  };
}

/** What the subscriptions that must be refused got, where it was not a clean refusal. */
async function judgeDeclared(context: RuleContext, refusables: readonly Refusable[]): Promise<Judgement | undefined> {
  let mild: Judgement | undefined;
  for (const { name, options, isAnonymous = false } of refusables) {
    const { open } = context.bounds;
    const outcome = await repeatBeforeAccusing(
      context,
      async (patience) => ({ answer: await completed(context, options, patience), waitedMs: open * patience }),
      ({ answer, waitedMs }) => (isLate(answer) ? { boundMs: open, tookMs: waitedMs } : undefined),
    );
    if (outcome.kind === 'unstable' || outcome.kind === 'strained') {
      const then = outcome.kind === 'strained' ? `: ${outcome.message}` : ' once, and then was';
      mild ??= inconclusive(`${name} was not answered in full within ${open} ms${then}`);
      continue;
    }
    const { answer } = outcome.kind === 'kept' ? outcome.result : outcome.again;
    const detail = { evidence: answer.evidence(), reproduce: context.curl(options) };
    const fault = refusalFault(context, answer, isAnonymous);
    if (fault?.verdict === 'fail') return fail(`${name} ${fault.message}`, detail);
    if (fault) mild ??= { ...fault, message: `${name} ${fault.message}`, ...detail };
  }
  return mild;
}

/** Neither complete nor cut off by the server within the bound. */
function isLate(answer: Exchange): boolean {
  return !answer.isEventStream && answer.end?.kind === 'closed-here';
}

function refusalFault(context: RuleContext, answer: Exchange, isAnonymous: boolean): Judgement | undefined {
  if (isLate(answer)) return fail(`gets ${answerOf(answer)}, not complete within ${context.bounds.open} ms`);
  const { status } = headOf(answer);
  if (isBusy(headOf(answer))) return inconclusive(`gets status ${status}: the server asks to come back later`);
  if (answer.isEventStream && isAnonymous) return fail('gets the stream, which the target says is private');
  if (answer.isEventStream)
    return fail('gets 200 and an event stream in place of a refusal: clients reconnect for ever');
  if (status >= 500) return fail(`gets status ${status}, which blames the server, in place of a 4xx`);
  if (status === 204 || (status >= 300 && status < 400)) return warn(`gets status ${status}, which is no refusal`);
  // A page to log in by has nothing private.
  if (status < 300 && isAnonymous) return warn(`gets ${answerOf(answer)}, which is no refusal`);
  if (status < 300) return fail(`gets ${answerOf(answer)} in place of a 4xx`);
  return undefined;
}

/** One parameter of the stream's URL, changed. */
interface Mutation {
  readonly parameter: string;
  readonly change: 'drop' | 'empty' | 'duplicate' | 'overlong';
}

async function judgeMutations(context: RuleContext, parameters: readonly string[]): Promise<Judgement> {
  const changes = ['drop', 'empty', 'duplicate', 'overlong'] as const;
  const anyMutation: Arbitrary<Mutation> = record({
    parameter: constantFrom(...parameters),
    change: constantFrom(...changes),
  });
  const endsAtOnce =
    context.target.profiles.has('finite') || (await stays(context, context.target.stream.url)) === false;
  const { open } = context.bounds;
  let unsettled: string | undefined;
  let putOff = 0;
  const holds = async ({ parameter, change }: Mutation): Promise<Complaint | undefined> => {
    const url = mutate(context.target.stream.url, parameter, change);
    const outcome = await repeatBeforeAccusing(
      context,
      async (patience) => ({
        ...(await askMutated(context, url, endsAtOnce, open * patience)),
        tookMs: open * patience,
      }),
      ({ answer, fault, tookMs }) => {
        if (fault === undefined) return undefined;
        return headOf(answer).status < 500 && isLate(answer) ? { boundMs: open, tookMs } : 'wrong';
      },
    );
    if (outcome.kind === 'kept') {
      if (isBusy(headOf(outcome.result.answer))) putOff += 1;
      return undefined;
    }
    const { answer, fault = '' } = outcome.kind === 'unstable' ? outcome.first : outcome.again;
    const how = `the parameter ${parameter} ${change === 'drop' ? 'dropped' : change === 'empty' ? 'emptied' : change === 'duplicate' ? 'doubled' : 'made overlong'}`;
    const message = `with ${how} a subscription ${fault}`;
    if (outcome.kind === 'missed') return { message, evidence: answer.evidence() };
    unsettled ??= `${message}; ${outcome.kind === 'strained' ? outcome.message : 'not so when repeated'}`;
    return undefined;
  };
  const examples = parameters
    .slice(0, 3)
    .flatMap((parameter) => changes.map((change): Mutation => ({ parameter, change })));
  const result = await search(context, anyMutation, holds, examples, examples.length);
  if (!result.found && unsettled !== undefined) return inconclusive(unsettled);
  if (!result.found && putOff === result.tried) {
    return inconclusive(`each of ${putOff} subscriptions with a changed parameter was asked to come back later`);
  }
  if (!result.found) return pass(`${result.tried - putOff} changed parameters got a stream or a clean refusal`);
  const { parameter, change } = result.value;
  return fail(
    result.complaint.message,
    foundDetail(result, context.curl({ url: mutate(context.target.stream.url, parameter, change) })),
  );
}

/** Asks for a changed URL, and says what is wrong with the answer. */
async function askMutated(
  context: RuleContext,
  url: URL,
  endsAtOnce: boolean,
  waitMs: number,
): Promise<{ answer: Exchange; fault: string | undefined }> {
  const answer = await context.ask({ url });
  // Another representation than the stream may go on for as long as it likes; a refusal has to end.
  if (headOf(answer).status >= 400) await answer.endWithin(waitMs);
  else if (answer.isEventStream && !endsAtOnce) await answer.endWithin(Math.min(300, waitMs));
  const endedAtOnce = answer.end !== undefined && !endsAtOnce && !hadItsTime(context, answer);
  answer.close();
  return { answer, fault: mutationFault(context, answer, endedAtOnce) };
}

/** Whether a stream is still open a moment after its head. */
async function stays(context: RuleContext, url: URL): Promise<boolean> {
  const answer = await context.ask({ url });
  const end = await answer.endWithin(Math.min(300, context.bounds.open));
  answer.close();
  return end === undefined;
}

function mutate(original: URL, parameter: string, change: Mutation['change']): URL {
  const url = new URL(original);
  const value = url.searchParams.get(parameter) ?? '';
  switch (change) {
    case 'drop':
      url.searchParams.delete(parameter);
      break;
    case 'empty':
      url.searchParams.set(parameter, '');
      break;
    case 'duplicate':
      url.searchParams.append(parameter, value);
      break;
    case 'overlong':
      url.searchParams.set(parameter, 'x'.repeat(4000));
  }
  return url;
}

function mutationFault(context: RuleContext, answer: Exchange, endedAtOnce: boolean): string | undefined {
  const { status } = headOf(answer);
  if (isBusy(headOf(answer))) return undefined;
  if (answer.isEventStream)
    return endedAtOnce ? 'gets 200 and a stream that ends at once, so clients reconnect for ever' : undefined;
  if (status >= 500) return `gets status ${status}`;
  return status >= 400 && isLate(answer)
    ? `gets ${answerOf(answer)}, not complete within ${context.bounds.open} ms`
    : undefined;
}
