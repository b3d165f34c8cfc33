import type { Arrival, Exchange, ExchangeEnd } from './access/exchange.ts';
import { notPublished, type PublishOutcome } from './access/publisher.ts';
import { jsonReadings } from './channel.ts';
import { type Acquaintance, type Carriage, nothingCameThrough, type RuleContext } from './context.ts';
import { header } from './judge/response-reader.ts';
import type { PublishedEvent, StreamRequest } from './target.ts';
import { TargetUnreachable, Undecided } from './undecided.ts';

const maxRedirects = 5;
/** Events of one kind that are published until one arrives. */
const attempts = 3;

/**
 * Sends the first subscription and follows its redirects.
 * @param nudge publishes something, so that a server which holds its headers back until then answers
 * @throws TargetUnreachable with one line that says what to do
 */
export async function meet(context: RuleContext, nudge: (() => Promise<unknown>) | undefined): Promise<Acquaintance> {
  const redirects: Exchange[] = [];
  let { stream } = context.target;
  let headersWaitForEvent = false;
  for (;;) {
    const exchange = context.send({ to: stream });
    await exchange.headWithin(Math.max(5000, context.bounds.open));
    if (!exchange.head && !exchange.end && nudge) {
      await nudge();
      headersWaitForEvent = (await exchange.headWithin(Math.max(5000, context.bounds.open))) !== undefined;
    }
    if (!exchange.head && exchange.end) throw new TargetUnreachable(unreachable(stream.url, exchange.end));
    const next = redirected(stream, exchange);
    if (!next || redirects.length === maxRedirects) return { stream, first: exchange, redirects, headersWaitForEvent };
    redirects.push(exchange);
    exchange.close();
    stream = next;
  }
}

/** The request that a redirect asks for (Fetch, HTTP-redirect fetch); undefined where the answer is none. */
function redirected(stream: StreamRequest, { head }: Exchange): StreamRequest | undefined {
  if (!head || ![301, 302, 303, 307, 308].includes(head.status)) return undefined;
  const location = header(head, 'location');
  const url = location === undefined ? null : URL.parse(location, stream.url.href);
  if (!url) return undefined;
  const { method } = stream;
  const becomesGet =
    head.status === 303 ? method !== 'GET' && method !== 'HEAD' : head.status < 303 && method === 'POST';
  if (!becomesGet) return { ...stream, url };
  const headers = Object.entries(stream.headers).filter(([name]) => !/^content-/i.test(name));
  return { url, method: 'GET', headers: Object.fromEntries(headers), body: undefined };
}

/** What keeps a URL from answering, and what to do about it, in one line. */
export function unreachable(url: URL, end: ExchangeEnd): string {
  switch (end.kind) {
    case 'malformed':
      return `${url.host} does not speak HTTP/1 (${end.message}): is the port right, and is it http:// or https://?`;
    case 'complete':
    case 'fin':
      return `${url.host} closed the connection without an answer: is the port right, and is it http:// or https://?`;
    case 'reset':
    case 'unreachable': {
      const code = end.kind === 'unreachable' ? end.code : 'ECONNRESET';
      if (code === 'ECONNREFUSED') return `nothing listens on ${url.host}: start the server, or let --start do it`;
      if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `there is no host ${url.hostname}: correct the URL`;
      if (/^CERT_HAS_EXPIRED|^CERT_NOT_YET|ALTNAME/.test(code)) {
        return `the certificate of ${url.host} is not valid for it (${end.message}): renew it, or correct the URL`;
      }
      if (/CERT|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/.test(code)) {
        return `the certificate of ${url.host} is not trusted (${withoutHint(end.message)}): if it is your own, name its CA with --ca FILE`;
      }
      if (/SSL|TLS|EPROTO/i.test(`${code} ${end.message}`)) {
        return `TLS with ${url.host} failed (${tlsReason(end.message)}): is it http://?`;
      }
      return `${url.host} cannot be reached (${end.message}): correct the URL or start the server`;
    }
    case 'closed-here':
      return `${url.host} did not answer in time`;
  }
}

/** The words of OpenSSL for what went wrong, out of its line `…:error:CODE:LIBRARY:FUNCTION:WORDS:FILE:LINE:`. */
function tlsReason(message: string): string {
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1] ?? message;
}

/** A message without the flag of Node.js that it recommends: the program's user starts no Node.js. */
function withoutHint(message: string): string {
  return message.replace(/; if the root CA .*$/, '');
}

/**
 * Learns how published events arrive, by publishing plain ones.
 * @throws Undecided that says why, where the first plain event did not come through
 */
export async function learnCarriage(context: RuleContext): Promise<Carriage> {
  let stream = await context.subscribe();
  const wait = Math.max(1000, context.bounds.event * 4);
  let n = 0;
  const probe = async (event: Omit<PublishedEvent, 'data'>): Promise<{ data: string; outcome: PublishOutcome }> => {
    n += 1;
    const data = `ssert-probe-${context.seed}-${n}`;
    return { data, outcome: await context.publish({ data, ...event }) };
  };
  const find = (data: string) => stream.blocks.find((block) => jsonReadings(block.data).includes(data));
  const arrives = (data: string) => stream.until(() => find(data) ?? (stream.end ? null : undefined), wait);

  const plain: string[] = [];
  const outcomes: PublishOutcome[] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (stream.end) stream = await context.subscribe();
    const { data, outcome } = await probe({});
    plain.push(data);
    outcomes.push(outcome);
    await stream.until(() => (plain.some(find) || stream.end ? true : undefined), wait);
    if (plain.some(find)) break;
  }
  const first = plain.map(find).find((block) => block !== undefined);
  if (!first) throw new Undecided(notPublished(context.target.publish, outcomes) ?? nothingCameThrough);
  const form = plain.includes(first.data) ? 'text' : 'json';
  const types = new Set([first.type]);

  // A server that is always one event behind shows the first when the second is published, and not the second.
  const heldBack = plain.length > 1 && !(await arrives(plain.at(-1) ?? ''));

  const carries = async (
    eventOf: (attempt: number) => Omit<PublishedEvent, 'data'>,
    shows: (block: Arrival, event: Omit<PublishedEvent, 'data'>) => boolean,
  ): Promise<boolean | undefined> => {
    const sent = new Map<string, Omit<PublishedEvent, 'data'>>();
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (stream.end) stream = await context.subscribe();
      const event = eventOf(attempt);
      const { data, outcome } = await probe(event);
      if (outcome.kind !== 'accepted') return outcome.kind === 'refused' ? false : undefined;
      sent.set(data, event);
      if (heldBack) await context.publish({ data: 'ssert-nudge' });
      // One that was given up may come yet.
      const came = () => [...sent.keys()].map(find).find((block) => block !== undefined);
      const block = await stream.until(() => came() ?? (stream.end ? null : undefined), wait);
      if (!block) continue;
      types.add(block.type);
      const [, shown = event] = [...sent].find(([text]) => jsonReadings(block.data).includes(text)) ?? [];
      return shows(block, shown);
    }
    return undefined;
  };
  const hasField = ({ fields }: Arrival, name: string, value: string): boolean =>
    fields.some((field) => field.name === name && field.value === value);
  const carried = {
    event: await carries(
      () => ({ event: 'ssert-type' }),
      ({ type }) => type === 'ssert-type',
    ),
    // A server may refuse an id that was used before.
    id: await carries(
      (attempt) => ({ id: `ssert-id-${context.seed}${attempt > 1 ? `-${attempt}` : ''}` }),
      (block, { id = '' }) => hasField(block, 'id', id),
    ),
    retry: await carries(
      () => ({ retry: 4321 }),
      (block) => hasField(block, 'retry', '4321'),
    ),
  };
  return { form, ...carried, heldBack, types: [...types] };
}
