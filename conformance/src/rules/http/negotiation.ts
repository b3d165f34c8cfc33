import { type Arbitrary, array, constantFrom, record } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, info, pass } from '../../verdict.ts';
import { answerOf, headOf, isBusy } from './answers.ts';

export const acceptAdmitted: Rule = {
  id: 'http/accept-admitted',
  code: 'SH-10',
  level: 'MUST',
  title: 'Every Accept that allows an event stream is admitted',
  statement:
    'Accept: text/event-stream is admitted, and so are no Accept, */* and text/*; a dual endpoint may answer them otherwise, but not with an error.',
  spec: [rfc(9110, '12.4.1'), rfc(9110, '12.5.1')],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    const others: string[] = [];
    let putOff = 0;
    const admitted = async (accept: string | null): Promise<Complaint | undefined> => {
      const answer = await askWith(context, accept);
      if (isBusy(headOf(answer))) {
        putOff += 1;
        return undefined;
      }
      const complaint = refusal(context, accept, answer);
      if (!complaint && !answer.isEventStream) others.push(`${said(accept)} gets ${answerOf(answer)}`);
      return complaint;
    };
    const noAccept = await admitted(null);
    const withoutAccept = putOff === 0 ? 'a subscription without Accept and ' : '';
    if (noAccept) return fail(noAccept.message, { ...noAccept, reproduce: curlWith(context, null) });
    const result = await search<string>(context, anyAccept, admitted, ['text/event-stream', '*/*', 'text/*'], 12);
    if (result.found) {
      return fail(result.complaint.message, foundDetail(result, curlWith(context, result.value)));
    }
    const judged = result.tried + 1 - putOff;
    if (judged === 0) throw new Undecided(`each of ${putOff} subscriptions was asked to come back later`);
    const evidence = { observed: await unwanted(context) };
    if (others.length > 0 && !context.target.dual) {
      return info(`${others[0]}: where that is meant, the target file says dual: true`, { evidence });
    }
    const also = others.length > 0 ? `, ${others.length} of them with another representation` : '';
    const named = withoutAccept === '' ? judged : judged - 1;
    return pass(`${withoutAccept}${named} that accept an event stream were admitted${also}`, { evidence });
  },
};

/** Lists with one range that an event stream falls under, among others. */
const anyAccept: Arbitrary<string> = (() => {
  const weights = ['', ';q=1', ';q=0.5', '; q=0.001', ' ;q=0.9', ';Q=0.7'];
  const range = (types: readonly string[]): Arbitrary<string> =>
    record({ type: constantFrom(...types), weight: constantFrom(...weights) }).map(({ type, weight }) => type + weight);
  const others = array(range(['application/json', 'text/html', 'image/avif', 'application/xhtml+xml']), {
    maxLength: 3,
  });
  return record({
    before: others,
    wanted: range(['text/event-stream', 'TEXT/EVENT-STREAM', 'Text/Event-Stream', '*/*', 'text/*']),
    after: others,
    separator: constantFrom(', ', ',', ' , ', ',\t'),
  }).map(({ before, wanted, after, separator }) => [...before, wanted, ...after].join(separator));
})();

async function askWith(context: RuleContext, accept: string | null): Promise<Exchange> {
  const answer = await context.ask({ headers: { Accept: accept } });
  answer.close();
  return answer;
}

function said(accept: string | null): string {
  return accept === null ? 'a request without Accept' : `Accept: ${accept}`;
}

function curlWith(context: RuleContext, accept: string | null): string {
  // curl leaves a field out where nothing follows its colon.
  return context.curl({ headers: { Accept: accept ?? '' } }).replace("'Accept: '", 'Accept:');
}

function refusal(context: RuleContext, accept: string | null, answer: Exchange): Complaint | undefined {
  const head = headOf(answer);
  // MCP lets a server demand that both its types are accepted.
  if (context.target.dual && head.status === 406) return undefined;
  if (head.status !== 400 && head.status !== 406 && head.status < 500) return undefined;
  return { message: `${said(accept)} gets ${answerOf(answer)}`, evidence: answer.evidence() };
}

/** What those get who do not accept an event stream: a server may disregard Accept, so this is only told. */
async function unwanted(context: RuleContext): Promise<Record<string, string>> {
  const json = await askWith(context, 'application/json');
  const never = await askWith(context, 'text/event-stream;q=0');
  return { acceptApplicationJson: answerOf(json), acceptEventStreamWithWeight0: answerOf(never) };
}
