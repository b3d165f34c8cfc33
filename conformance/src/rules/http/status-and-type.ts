import { type Arbitrary, constantFrom, record, shuffledSubarray } from 'fast-check';
import { type Exchange, mediaType } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { headerValues } from '../../judge/response-reader.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { eventStreamRegistration, html, rfc } from '../../spec.ts';
import { fail, inconclusive, type Judgement, pass, warn } from '../../verdict.ts';
import { headOf, isBusy } from './answers.ts';

export const statusAndContentType: Rule = {
  id: 'http/status-and-content-type',
  code: 'SH-01',
  level: 'MUST',
  title: 'A subscription gets 200 and text/event-stream',
  statement: 'A subscription is answered with status 200 and a Content-Type whose essence is text/event-stream.',
  spec: [html('sse-processing-model'), rfc(9110, '8.3')],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    const { first, redirects } = context.acquaintance;
    const refused = judgeFirst(context, first);
    if (refused) return refused;
    let putOff = 0;
    const result = await search(
      context,
      anyVariation,
      async (one) => {
        const answer = await context.ask(requestFor(context, one));
        answer.close();
        if (isBusy(headOf(answer))) putOff += 1;
        return variationComplaint(one, answer);
      },
      usualVariations,
      12,
    );
    if (result.found) {
      return fail(result.complaint.message, foundDetail(result, context.curl(requestFor(context, result.value))));
    }
    const after = redirects.length > 0 ? ` after ${redirects.length} redirects` : '';
    const judged = result.tried - putOff;
    const rest =
      judged === 0
        ? `; each of ${putOff} variations of header fields and query was asked to come back later`
        : `, and so for ${judged} variations of header fields and query`;
    return pass(`200 with text/event-stream${after}${rest}`);
  },
};

/** What is wrong with the first answer, if anything. */
function judgeFirst(context: RuleContext, first: Exchange): Judgement | undefined {
  const { head } = first;
  if (!head) {
    return inconclusive(
      'no header block came for the first subscription, so status and type are unknown: see http/headers-before-first-event',
    );
  }
  const detail = { evidence: first.evidence(), reproduce: context.curl() };
  if ([401, 403, 407].includes(head.status)) {
    return inconclusive(`status ${head.status}: give the credential with --header`, detail);
  }
  if (isBusy(head)) return inconclusive(`status ${head.status}: the server asks to come back later`, detail);
  if (head.status >= 300 && head.status < 400) {
    return fail(
      `status ${head.status} that leads nowhere, after ${context.acquaintance.redirects.length} redirects`,
      detail,
    );
  }
  if (head.status !== 200) {
    return fail(`status ${head.status} in place of 200: clients give the stream up for good`, detail);
  }
  return first.isEventStream ? undefined : fail(typeComplaint(first), detail);
}

function typeComplaint({ head }: Exchange): string {
  const type = head ? mediaType(head) : '';
  const shown = type === '' ? 'no Content-Type' : `Content-Type ${JSON.stringify(type)}`;
  return `${shown} in place of text/event-stream: clients give the stream up for good`;
}

/** A subscription that says the same in another way. */
interface Variation {
  /** Fields that every browser sends beside those of a subscription. */
  readonly extra: readonly string[];
  readonly spelling: 'as-usual' | 'lower' | 'upper';
  readonly order: 'as-usual' | 'reversed';
  readonly query: string;
}

const browserFields: Readonly<Record<string, string>> = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept-Language': 'en-GB,en;q=0.5',
  Pragma: 'no-cache',
  DNT: '1',
  'Sec-Fetch-Dest': 'empty',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Site': 'same-origin',
};

const anyVariation: Arbitrary<Variation> = record({
  extra: shuffledSubarray(Object.keys(browserFields)),
  spelling: constantFrom('as-usual', 'lower', 'upper'),
  order: constantFrom('as-usual', 'reversed'),
  query: constantFrom('', 'ssert=1', 'ssert=', '_=1700000000000'),
});

const plain: Variation = { extra: [], spelling: 'as-usual', order: 'as-usual', query: '' };
const usualVariations: readonly Variation[] = [
  { ...plain, extra: Object.keys(browserFields) },
  { ...plain, spelling: 'lower' },
  { ...plain, spelling: 'upper', order: 'reversed' },
  { ...plain, query: '_=1700000000000' },
];

/** The subscription so varied; Host stays the first field, where RFC 9110 7.2 wants it. */
function requestFor(context: RuleContext, variation: Variation): { url: URL; headers: Record<string, string | null> } {
  const { stream } = context.target;
  const url = new URL(stream.url);
  if (variation.query !== '')
    url.search = [url.search.slice(1), variation.query].filter((part) => part !== '').join('&');
  const fields = {
    Accept: 'text/event-stream',
    'Cache-Control': 'no-store',
    ...stream.headers,
    ...Object.fromEntries(variation.extra.map((name) => [name, browserFields[name] ?? ''])),
  };
  const entries = Object.entries(fields).map(([name, value]): [string, string] => [spelled(name, variation), value]);
  return { url, headers: Object.fromEntries(variation.order === 'reversed' ? entries.reverse() : entries) };
}

function spelled(name: string, { spelling }: Variation): string {
  return spelling === 'lower' ? name.toLowerCase() : spelling === 'upper' ? name.toUpperCase() : name;
}

function variationComplaint(variation: Variation, answer: Exchange): Complaint | undefined {
  const head = headOf(answer);
  if (answer.isEventStream || isBusy(head)) return undefined;
  // A server may refuse a query that it does not know, and say so by status.
  if (variation.query !== '' && head.status >= 300 && head.status < 500) return undefined;
  const what = head.status === 200 ? typeComplaint(answer) : `status ${head.status} in place of 200`;
  return { message: `${what}, only because ${difference(variation)}`, evidence: answer.evidence() };
}

function difference({ extra, spelling, order, query }: Variation): string {
  const differences = [
    ...(extra.length > 0 ? [`the request also has ${extra.join(', ')}`] : []),
    ...(spelling !== 'as-usual' ? [`its field names are in ${spelling} case`] : []),
    ...(order === 'reversed' ? ['its fields are in another order'] : []),
    ...(query !== '' ? [`its query has ${query}`] : []),
  ];
  return differences.length > 0 ? differences.join(' and ') : 'it was sent again';
}

export const charsetUtf8: Rule = {
  id: 'http/charset-utf-8',
  code: 'SH-02',
  level: 'MUST',
  title: 'A charset, if any, is utf-8',
  statement: 'If Content-Type has a charset it is utf-8; Content-Type appears once.',
  spec: [eventStreamRegistration, html('parsing-an-event-stream'), rfc(9110, '8.3.1'), rfc(9110, '5.3')],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    const { first } = context.acquaintance;
    const values = headerValues(headOf(first), 'content-type');
    const detail = { evidence: first.evidence(), reproduce: context.curl() };
    if (values.length > 1) return fail(`Content-Type stands ${values.length} times: ${values.join(' and ')}`, detail);
    const parameters = parametersOf(values[0] ?? '');
    const charsets = parameters.filter(([name]) => name === 'charset').map(([, value]) => value);
    const wrong = charsets.find((charset) => charset.toLowerCase() !== 'utf-8');
    if (wrong !== undefined) {
      return fail(
        `charset ${JSON.stringify(wrong)}: an event stream is always UTF-8, and "utf-8" is its only charset`,
        detail,
      );
    }
    const unknown = parameters.filter(([name]) => name !== 'charset').map(([name]) => name);
    if (unknown.length > 0) {
      return warn(`Content-Type has ${unknown.join(', ')}, a parameter that text/event-stream does not have`, detail);
    }
    return pass(
      charsets.length === 0
        ? 'no charset is sent'
        : 'charset utf-8 is sent; clients that compare the whole Content-Type fail on it',
    );
  },
};

/** The parameters of a media type, names in lower case and values without their quotes (RFC 9110 5.6.6). */
function parametersOf(contentType: string): [name: string, value: string][] {
  const parameters = contentType.slice(contentType.indexOf(';') < 0 ? contentType.length : contentType.indexOf(';'));
  return [...parameters.matchAll(/;\s*([^\s;=]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*)))?/g)].map(
    ([, name = '', quoted, plainValue = '']) => [
      name.toLowerCase(),
      quoted === undefined ? plainValue.trim() : quoted.replace(/\\(.)/g, '$1'),
    ],
  );
}
