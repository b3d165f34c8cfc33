import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext, SendOptions } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { inconclusive, pass, warn } from '../../verdict.ts';
import { findLeak } from './leaks.ts';
import { withParameter } from './reflection.ts';

export const errorsTellNothing: Rule = {
  id: 'security/errors-tell-nothing',
  code: 'SX-09',
  level: 'SHOULD',
  title: 'Errors tell nothing about the inside',
  statement: 'No error, be it a response or an event, tells a stack frame, a file path, an inner address or a query.',
  spec: [cwe(209)],
  access: ['stream'],
  phase: 'passive',
  judge: async (context) => {
    await provokeErrors(context);
    const { errors } = context.observations;
    for (const { exchange, text } of errors) {
      const leak = findLeak(text, saidBy(exchange));
      if (!leak) continue;
      const where = exchange.isEventStream ? 'an event named error' : `an answer with status ${exchange.head?.status}`;
      return warn(`${where} tells ${leak.what}: ${JSON.stringify(leak.excerpt)}`, { evidence: exchange.evidence() });
    }
    return errors.length === 0
      ? inconclusive('no request of this run was answered with an error')
      : pass(`${errors.length} errors were looked through`);
  },
};

/** Bad input of many kinds, harmless all of it; the answers are observed as those to every other request. */
async function provokeErrors(context: RuleContext): Promise<void> {
  const { url } = context.target.stream;
  const bad = ['%00', '%E0%A4%A', "'%22;--", '%0d%0a', '-1', '9e99', '[object', '../../etc/passwd'];
  const requests: SendOptions[] = [
    { url: new URL('/ssert-nothing-is-here', url) },
    { url: new URL('/%', url) },
    ...[...new Set([...url.searchParams.keys(), 'lastEventId'])].flatMap((name) =>
      bad.map((text) => ({ url: withParameter(url, name, text) })),
    ),
    { headers: { 'Last-Event-ID': Uint8Array.of(0x22, 0xff, 0xc0) } },
    ...['NaN', '$', '9223372036854775808', "' OR '1'='1"].map((id) => ({ headers: { 'Last-Event-ID': id } })),
    { headers: { Accept: 'ssert/x;q=nonsense' } },
    { method: 'SSERT' },
    { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"data":' },
  ];
  for (const options of requests) {
    const exchange = await context.ask(options);
    if (exchange.head && !exchange.isEventStream) await exchange.endWithin(200);
    exchange.close();
  }
}

/** What a request said, as it was sent and decoded: an error that repeats it gives nothing away. */
function saidBy({ request }: Exchange): string[] {
  const { url } = request;
  const headerValues = request.text
    .split('\n')
    .slice(1)
    .map((line) => line.slice(line.indexOf(':') + 1).trim());
  const said = [`${url.pathname}${url.search}`, url.pathname, url.host, ...headerValues];
  return [...said, ...said.map(decoded), ...[...url.searchParams].flat()];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
