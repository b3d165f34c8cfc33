import { type Arbitrary, array, constantFrom, record } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { acceptsCoding } from '../../judge/accept-encoding.ts';
import { headerList, type ResponseHead } from '../../judge/response-reader.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { type Judgement, pass, warn } from '../../verdict.ts';
import { headOf, isBusy } from '../http/answers.ts';
import { codingsOf, contentCodings } from './codings.ts';

export const offeredCodingsOnly: Rule = {
  id: 'compression/offered-codings-only',
  code: 'SZ-02',
  level: 'SHOULD',
  title: 'No content coding that the client did not offer',
  statement:
    'A client that names its codings gets no other one; Vary names Accept-Encoding where a cache may keep what depends on it.',
  spec: [rfc(9110, '12.5.3'), rfc(9110, '12.5.5')],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    const result = await search<string>(context, anyList, (list) => complaintAbout(context, list), refusingLists, 40);
    if (result.found) {
      const reproduce = context.curl({ headers: { 'Accept-Encoding': result.value } }).replace(' --compressed', '');
      return warn(result.complaint.message, foundDetail(result, reproduce));
    }
    const silent = await askWith(context, null);
    const unasked = codingsOf(silent);
    if (unasked.length > 0) {
      return warn(
        `a client that names no codings gets ${unasked.join(', ')}: HTTP lets it, but curl and many libraries do not decode it`,
        { evidence: silent.evidence(), reproduce: context.curl() },
      );
    }
    return judgeVary(context, silent, result.tried);
  },
};

/**
 * Lists that leave a server no coding, or none that is common. Of the empty one RFC 9110 says only that the client wants
 * none.
 */
const refusingLists = [
  'identity',
  '',
  'gzip;q=0',
  '*;q=0, identity',
  'identity;q=1, *;q=0',
  'gzip;q=0, deflate;q=0, br;q=0, zstd;q=0',
  'gzip;q=0, *',
  'gzip;q=0, *;q=0.5',
  'compress',
];

const anyList: Arbitrary<string> = array(
  record({
    coding: constantFrom(...contentCodings, 'x-gzip', 'compress', 'identity', '*', 'GZIP', 'exi'),
    weight: constantFrom('', ';q=0', ';q=0', ';q=1', ';q=0.5', '; q=0.001', ' ;q=0.000', ';Q=0'),
  }),
  { maxLength: 4 },
).map((entries) => entries.map(({ coding, weight }) => coding + weight).join(', '));

async function askWith(context: RuleContext, list: string | null): Promise<Exchange> {
  const answer = await context.ask({ headers: { 'Accept-Encoding': list } });
  answer.close();
  return answer;
}

async function complaintAbout(context: RuleContext, list: string): Promise<Complaint | undefined> {
  const answer = await askWith(context, list);
  if (isBusy(headOf(answer))) return undefined;
  const foreign = codingsOf(answer).filter((coding) => !acceptsCoding(list, coding));
  if (foreign.length === 0) return undefined;
  return {
    message: `Accept-Encoding: ${list} gets Content-Encoding: ${foreign.join(', ')}`,
    evidence: answer.evidence(),
  };
}

/** Whether a cache would be told that the answer depends on what the client decodes. */
async function judgeVary(context: RuleContext, plain: Exchange, lists: number): Promise<Judgement> {
  const seen = `${lists} lists of codings, and a request without one: no other coding was applied`;
  const coded: Exchange[] = [];
  for (const coding of contentCodings) {
    const answer = await askWith(context, coding);
    if (answer.isEventStream && codingsOf(answer).length > 0) coded.push(answer);
  }
  if (coded.length === 0) return pass(`${seen}; the server compresses no stream`);
  const names = coded.map((answer) => codingsOf(answer).join()).join(', ');
  const silent = [plain, ...coded].find((answer) => !varies(headOf(answer)));
  if (!silent) return pass(`${seen}; Vary tells that it depends on Accept-Encoding (${names})`);
  // Who keeps nothing mistakes nothing: Vary is for responses that a cache may keep.
  if ([plain, ...coded].every((answer) => headerList(headOf(answer), 'cache-control').includes('no-store'))) {
    return pass(`${seen}; no cache keeps a response, so that none needs Vary (${names})`);
  }
  return warn(
    `the stream comes plain or as ${names}, and Vary does not name Accept-Encoding: a cache may mix them up`,
    {
      evidence: silent.evidence(),
      reproduce: context.curl({ headers: { 'Accept-Encoding': contentCodings.join(', ') } }),
    },
  );
}

function varies(head: ResponseHead): boolean {
  return headerList(head, 'vary').some((name) => name === '*' || name === 'accept-encoding');
}
