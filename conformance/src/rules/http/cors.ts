import { type Arbitrary, subarray } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext, SendOptions } from '../../context.ts';
import { header, headerList, headerValues, type ResponseHead } from '../../judge/response-reader.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { fetchStandard, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, type Judgement, pass, skip, warn } from '../../verdict.ts';
import { answerOf, headOf, isBusy } from './answers.ts';

const noOrigin =
  'the stream is promised to pages of its own origin only: name another one as `origin` in the target file';

export const corsResponse: Rule = {
  id: 'http/cors-response',
  code: 'SH-11',
  level: 'MUST',
  title: 'Stream and errors pass the CORS check',
  statement: 'The stream response and its error responses pass the CORS check for an allowed origin.',
  spec: [fetchStandard('cors-check'), fetchStandard('cors-protocol-and-http-caches'), rfc(9110, '12.5.5')],
  access: ['stream'],
  profiles: ['browser'],
  phase: 'connections',
  judge: async (context) => {
    const { origin, refusedUrls } = context.target;
    const stream = await askFrom(context, origin);
    const head = headOf(stream);
    if (isBusy(head)) throw new Undecided(`a subscription got ${answerOf(stream)}`);
    if (sameOrigin(context) && header(head, allowOrigin) === undefined) return skip('profile', noOrigin);
    const answers: [what: string, answer: Exchange][] = [['the stream', stream]];
    for (const url of refusedUrls) {
      const refusal = await askFrom(context, origin, { url });
      if (refusal.head && refusal.head.status >= 400 && !isBusy(refusal.head))
        answers.push([`its ${refusal.head.status}`, refusal]);
    }
    for (const [what, answer] of answers) {
      const fault = corsFault(headOf(answer), origin);
      const reproduce = context.curl({ url: answer.request.url, headers: { Origin: origin } });
      if (fault !== undefined) return fail(`${what}: ${fault}`, { evidence: answer.evidence(), reproduce });
    }
    if (!stream.isEventStream)
      return fail(`with Origin: ${origin} a subscription gets ${answerOf(stream)}`, { evidence: stream.evidence() });
    const errors = answers.length > 1 ? ` and ${answers.length - 1} error responses` : '';
    return (await varyFault(context, stream)) ?? pass(`${origin} may read the stream${errors}`);
  },
};

const allowOrigin = 'access-control-allow-origin';
const allowCredentials = 'access-control-allow-credentials';

function sameOrigin({ target }: RuleContext): boolean {
  return target.origin === target.stream.url.origin;
}

async function askFrom(context: RuleContext, origin: string, options: SendOptions = {}): Promise<Exchange> {
  const answer = await context.ask({ ...options, headers: { Origin: origin } });
  answer.close();
  return answer;
}

/**
 * Why a page of `origin` may not read a response, if so (Fetch, CORS check). A server that sends
 * Access-Control-Allow-Credentials speaks of requests with credentials.
 */
function corsFault(head: ResponseHead, origin: string): string | undefined {
  const allowed = headerValues(head, allowOrigin);
  const credentials = header(head, allowCredentials);
  if (allowed.length === 0) return `no Access-Control-Allow-Origin for ${origin}`;
  if (allowed.length > 1) return `Access-Control-Allow-Origin stands ${allowed.length} times`;
  const [value = ''] = allowed;
  const withCredentials = credentials !== undefined && credentials.toLowerCase() !== 'false';
  if (withCredentials && credentials !== 'true') {
    return `Access-Control-Allow-Credentials is ${JSON.stringify(credentials)}; only "true" counts`;
  }
  if (value === '*') {
    return withCredentials ? 'Access-Control-Allow-Credentials is true, and then * allows no origin' : undefined;
  }
  return value === origin ? undefined : `Access-Control-Allow-Origin is ${JSON.stringify(value)}, not ${origin}`;
}

/** An answer that follows Origin says so in Vary; else a cache hands one origin's answer to another. */
async function varyFault(context: RuleContext, stream: Exchange): Promise<Judgement | undefined> {
  const head = headOf(stream);
  const allowed = header(head, allowOrigin);
  if (allowed === '*' || headerList(head, 'vary').some((name) => name === 'origin' || name === '*')) return undefined;
  const stranger = await askFrom(context, 'https://stranger.example');
  const strangerHead = headOf(stranger);
  if (isBusy(strangerHead) || header(strangerHead, allowOrigin) === allowed) return undefined;
  const message = `Access-Control-Allow-Origin is ${allowed} for that origin and ${header(strangerHead, allowOrigin) ?? 'absent'} for https://stranger.example, without Vary: Origin`;
  const detail = {
    evidence: stream.evidence(),
    reproduce: context.curl({ headers: { Origin: context.target.origin } }),
  };
  // What no cache may store, no cache can mix up.
  return headerList(head, 'cache-control').includes('no-store')
    ? warn(`${message}; no-store makes it harmless`, detail)
    : fail(message, detail);
}

/** Fields that clients set themselves and browsers ask about. Accept is not among them: Fetch safelists it. */
const askedFields = ['authorization', 'cache-control', 'last-event-id'] as const;

export const corsPreflight: Rule = {
  id: 'http/cors-preflight',
  code: 'SH-12',
  level: 'SHOULD',
  title: 'A preflight allows what clients send',
  statement:
    'A preflight allows Last-Event-ID, Cache-Control and Authorization, alone and together, and opens no stream.',
  spec: [
    fetchStandard('cors-preflight-fetch'),
    fetchStandard('cors-unsafe-request-header-names'),
    fetchStandard('cors-safelisted-request-header'),
  ],
  access: ['stream'],
  profiles: ['browser'],
  phase: 'connections',
  judge: async (context) => {
    if (
      sameOrigin(context) &&
      header(headOf(await askFrom(context, context.target.origin)), allowOrigin) === undefined
    ) {
      return skip('profile', noOrigin);
    }
    const examples = [...askedFields.map((name) => [name]), [...askedFields]];
    const result = await search<string[]>(
      context,
      anyFields,
      (fields) => preflightComplaint(context, fields),
      examples,
      12,
    );
    if (!result.found) return pass(`${result.tried} preflights for ${askedFields.join(', ')} were granted`);
    return warn(
      result.complaint.message,
      foundDetail(result, context.curl({ method: 'OPTIONS', headers: preflightFields(context, result.value) })),
    );
  },
};

/** Sorted and in lower case, as browsers join them: the order of `askedFields` is kept. */
const anyFields: Arbitrary<string[]> = subarray<string>([...askedFields], { minLength: 1 });

/** A preflight as a browser sends it: no credential, whatever the stream itself needs. */
function preflightFields({ target }: RuleContext, fields: readonly string[]): Record<string, string | null> {
  return {
    ...Object.fromEntries(Object.keys(target.stream.headers).map((name) => [name, null])),
    Accept: '*/*',
    Origin: target.origin,
    'Access-Control-Request-Method': target.stream.method,
    'Access-Control-Request-Headers': fields.join(','),
  };
}

async function preflightComplaint(context: RuleContext, fields: readonly string[]): Promise<Complaint | undefined> {
  const { open } = context.bounds;
  const answer = context.send({ method: 'OPTIONS', headers: preflightFields(context, fields) });
  await context.headsOf([answer]);
  if (!answer.isEventStream) await answer.endWithin(open);
  answer.close();
  const { head } = answer;
  if (head && isBusy(head)) return undefined;
  const fault = preflightFault(context, answer, fields);
  return fault === undefined
    ? undefined
    : { message: `a preflight for ${fields.join(', ')} ${fault}`, evidence: answer.evidence() };
}

function preflightFault(context: RuleContext, answer: Exchange, fields: readonly string[]): string | undefined {
  const { head } = answer;
  if (!head) return `gets ${answerOf(answer)} within ${context.bounds.open} ms`;
  if (answer.isEventStream) return 'opens an event stream';
  if (head.status < 200 || head.status > 299) return `gets ${answerOf(answer)}`;
  const fault = corsFault(head, context.target.origin);
  if (fault !== undefined) return `does not pass: ${fault}`;
  const allowed = headerList(head, 'access-control-allow-headers');
  // The wildcard covers no credential, neither a request with one nor Authorization itself.
  const wildcard = allowed.includes('*') && header(head, allowCredentials) !== 'true';
  const missing = fields.filter((name) => !allowed.includes(name) && !(wildcard && name !== 'authorization'));
  return missing.length === 0 ? undefined : `does not allow ${missing.join(', ')}`;
}
