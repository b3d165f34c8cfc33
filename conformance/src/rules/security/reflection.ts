import type { Exchange } from '../../access/exchange.ts';
import type { SendOptions } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe, rfc } from '../../spec.ts';
import { fail, pass } from '../../verdict.ts';

const canary = 'ssert-canary';

/** Line breaks and NUL as a request can carry them; a server that decodes them once too often makes lines of them. */
const lineBreaks = {
  'CR LF': '%0d%0a',
  LF: '%0a',
  CR: '%0d',
  NUL: '%00',
  'CR LF encoded twice': '%250d%250a',
  'characters whose low bytes are CR LF': '%E5%98%8D%E5%98%8A',
  'CR LF as %u escapes': '%u000d%u000a',
  'U+2028': '%E2%80%A8',
} as const;

/** The text after a line break that must start no header line and no line of the stream. */
function hostileText(lineBreak: string): string {
  return `x${lineBreak}${canary}:%201${lineBreak}data:%20${canary}${lineBreak}${lineBreak}`;
}

/** The URL with one query parameter set; `encoded` stands on the wire as it is, where `URLSearchParams` would mend it. */
export function withParameter(url: URL, name: string, encoded: string): URL {
  const others = [...url.searchParams].filter(([other]) => other !== name);
  const kept = others.map(([other, value]) => `${encodeURIComponent(other)}=${encodeURIComponent(value)}&`);
  return new URL(`?${kept.join('')}${encodeURIComponent(name)}=${encoded}`, url);
}

/** Requests that carry a text in one place each: every parameter of the URL, those for the last event ID, path, header. */
function requestsWith(url: URL, text: string): { place: string; options: SendOptions }[] {
  const names = new Set([...url.searchParams.keys(), 'lastEventId', 'last_event_id', 'last-event-id']);
  const inQuery = [...names].map((name) => {
    const given = encodeURIComponent(url.searchParams.get(name) ?? '');
    return { place: `the query parameter ${name}`, options: { url: withParameter(url, name, given + text) } };
  });
  return [
    ...inQuery,
    { place: 'the path', options: { url: new URL(`${url.pathname.replace(/\/$/, '')}/${text}`, url) } },
    { place: 'Last-Event-ID', options: { headers: { 'Last-Event-ID': text } } },
  ];
}

/** The canary where it starts a line. */
function reflection({ head, blocks }: Exchange): string | undefined {
  const field = head?.fields.find(
    ([name, value]) => name.toLowerCase() === canary || (value.includes(canary) && /[\r\0]/.test(value)),
  );
  if (field) return 'becomes a line of the response header';
  const line = blocks
    .flatMap((block) => block.fields)
    .find(({ name, value }) => name === canary || (name === 'data' && value === canary));
  return line && 'becomes a line of the stream';
}

export const requestReflection: Rule = {
  id: 'security/request-reflection',
  code: 'SX-03',
  level: 'MUST',
  title: 'Nothing in a request becomes a line of the answer',
  statement:
    'CR, LF and NUL in the path, the query or Last-Event-ID never start a header line or a line of the stream.',
  spec: [rfc(9110, '5.5'), cwe(113)],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    let tried = 0;
    for (const [encoding, lineBreak] of Object.entries(lineBreaks)) {
      const requests = requestsWith(context.target.stream.url, hostileText(lineBreak));
      const answers = await Promise.all(
        requests.map(async ({ place, options }) => {
          const exchange = await context.ask({ ...options, observed: false });
          // What is reflected comes first; a far server gets longer.
          const headAfterMs = (exchange.headAtMs ?? exchange.startedAtMs) - exchange.startedAtMs;
          const found = await exchange.until(() => reflection(exchange), Math.max(50, 2 * headAfterMs));
          exchange.close();
          return found === undefined ? undefined : { place, options, exchange, found };
        }),
      );
      tried += answers.length;
      const bad = answers.find((answer) => answer !== undefined);
      if (bad) {
        return fail(`text after ${encoding} in ${bad.place} ${bad.found}`, {
          evidence: bad.exchange.evidence(),
          reproduce: context.curl(bad.options),
        });
      }
    }
    return pass(`${tried} requests with line breaks or NUL in path, query and Last-Event-ID: none came back as a line`);
  },
};
