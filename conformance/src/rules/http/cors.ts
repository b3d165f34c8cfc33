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
    const ownOnly = onlyOwnOrigin(context, head);
    if (ownOnly) return ownOnly;
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
    for (const [what, answer] of answers) {
      const fault = credentialsFault(headOf(answer));
      const reproduce = context.curl({ url: answer.request.url, headers: { Origin: origin } });
      const detail = { evidence: answer.evidence(), reproduce };
      if (fault !== undefined && sendsCredentials(context)) return fail(`${what}: ${fault}`, detail);
      if (fault !== undefined) return warn(`${what}: ${fault}; an EventSource without withCredentials may`, detail);
    }
    const errors = answers.length > 1 ? ` and ${answers.length - 1} error responses` : '';
    return (await varyFault(context, stream)) ?? pass(`${origin} may read the stream${errors}`);
  },
};

const allowOrigin = 'access-control-allow-origin';
const allowCredentials = 'access-control-allow-credentials';

function isOwnOrigin({ target }: RuleContext): boolean {
  return target.origin === target.stream.url.origin;
}

/** Why there is nothing to judge, if so: pages of the stream's own origin need no CORS, whomever else the stream allows. */
function onlyOwnOrigin(context: RuleContext, stream: ResponseHead): Judgement | undefined {
  const allowed = headerValues(stream, allowOrigin);
  if (!isOwnOrigin(context) || allowed.some((value) => value === '*' || value === context.target.origin))
    return undefined;
  const whom = allowed.length === 0 ? 'is promised to pages of its own origin only' : `allows ${allowed.join(', ')}`;
  return skip('profile', `the stream ${whom}: name the origin to judge by as \`origin\` in the target file`);
}

async function askFrom(context: RuleContext, origin: string, options: SendOptions = {}): Promise<Exchange> {
  const answer = await context.ask({ ...options, headers: { Origin: origin } });
  answer.close();
  return answer;
}

/**
 * Why a page of `origin` may not read a response, if so (Fetch, CORS check). That of a request with credentials has more
 * to pass: see `credentialsFault`.
 */
function corsFault(head: ResponseHead, origin: string): string | undefined {
  const allowed = headerValues(head, allowOrigin);
  if (allowed.length === 0) return `no Access-Control-Allow-Origin for ${origin}`;
  if (allowed.length > 1) return `Access-Control-Allow-Origin stands ${allowed.length} times`;
  const [value = ''] = allowed;
  if (value === '*' || value === origin) return undefined;
  return `Access-Control-Allow-Origin is ${JSON.stringify(value)}, not ${origin}`;
}

/** Why a response that speaks of requests with credentials may not be read by a page that sends one, if so. */
function credentialsFault(head: ResponseHead): string | undefined {
  const credentials = header(head, allowCredentials);
  if (credentials === undefined || credentials.toLowerCase() === 'false') return undefined;
  if (credentials !== 'true') {
    return `Access-Control-Allow-Credentials is ${JSON.stringify(credentials)}, and only "true" lets a page with credentials read it`;
  }
  return header(head, allowOrigin) === '*'
    ? 'Access-Control-Allow-Credentials is true beside *, which lets no page with credentials read it'
    : undefined;
}

/** Whether pages need a request with credentials: a field that scripts set, such as Authorization, makes it none. */
function sendsCredentials({ target: { stream } }: RuleContext): boolean {
  const hasCookie = Object.keys(stream.headers).some((name) => name.toLowerCase() === 'cookie');
  return hasCookie || stream.url.username !== '' || stream.url.password !== '';
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
    if (isOwnOrigin(context)) {
      const stream = await askFrom(context, context.target.origin);
      if (isBusy(headOf(stream))) throw new Undecided(`a subscription got ${answerOf(stream)}`);
      const ownOnly = onlyOwnOrigin(context, headOf(stream));
      if (ownOnly) return ownOnly;
    }
    let judged = 0;
    const examples = [...askedFields.map((name) => [name]), [...askedFields]];
    const result = await search<string[]>(
      context,
      anyFields,
      async (fields) => {
        const answer = await preflight(context, fields);
        if (answer.head && isBusy(answer.head)) return undefined;
        judged += 1;
        return preflightComplaint(context, fields, answer);
      },
      examples,
      12,
    );
    if (!result.found) {
      if (judged === 0) throw new Undecided(`each of ${result.tried} preflights was asked to come back later`);
      return pass(`${judged} preflights for ${askedFields.join(', ')} were granted`);
    }
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

async function preflight(context: RuleContext, fields: readonly string[]): Promise<Exchange> {
  const { open } = context.bounds;
  const answer = context.send({ method: 'OPTIONS', headers: preflightFields(context, fields) });
  await context.headsOf([answer]);
  if (!answer.isEventStream) await answer.endWithin(open);
  answer.close();
  return answer;
}

function preflightComplaint(context: RuleContext, fields: readonly string[], answer: Exchange): Complaint | undefined {
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
  const withCredentials = sendsCredentials(context);
  const fault = corsFault(head, context.target.origin) ?? (withCredentials ? credentialsFault(head) : undefined);
  if (fault !== undefined) return `does not pass: ${fault}`;
  const allowed = headerList(head, 'access-control-allow-headers');
  // The wildcard covers no credential, neither a request with one nor Authorization itself.
  const wildcard = allowed.includes('*') && !withCredentials;
  const missing = fields.filter((name) => !allowed.includes(name) && !(wildcard && name !== 'authorization'));
  return missing.length === 0 ? undefined : `does not allow ${missing.join(', ')}`;
}
