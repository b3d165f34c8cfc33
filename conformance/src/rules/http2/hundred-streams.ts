import { answerOfHttp2, type RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { inconclusive, type Judgement, pass, skip, warn } from '../../verdict.ts';
import { curlHttp2 } from './curl.ts';

const wanted = 100;

export const hundredStreams: Rule = {
  id: 'http2/hundred-streams',
  code: 'SZ-07',
  level: 'SHOULD',
  title: 'At least 100 streams on one HTTP/2 connection',
  statement:
    'One connection carries at least 100 streams at once: HTTP/2 is what takes a browser past six tabs with a stream each.',
  spec: [rfc(9113, '6.5.2'), html('authoring-notes')],
  access: ['stream'],
  profiles: ['h2'],
  phase: 'crowd',
  judge: async (context) => {
    const { capacity } = context.target;
    if (capacity !== undefined && capacity < wanted) {
      return skip('profile', `for servers with room for ${wanted} streams: the target declares ${capacity}`);
    }
    const first = await openAll(context);
    if (first.verdict === 'pass') return first;
    // A server under load gets a second try.
    const second = await openAll(context);
    if (second.verdict === 'pass') return inconclusive(`${first.message}; when repeated, all were served`);
    return second;
  },
};

async function openAll(context: RuleContext): Promise<Judgement> {
  const connection = await context.connectHttp2();
  try {
    // With the first answer any SETTINGS that follow the first ones are in.
    await context.subscribeHttp2(connection, 1);
    const limit = connection.maxConcurrentStreams;
    const observed = { maxConcurrentStreams: limit ?? 'absent' };
    if (limit !== undefined && limit < wanted) {
      return warn(`SETTINGS_MAX_CONCURRENT_STREAMS is ${limit}: recommended are ${wanted} or more`, {
        evidence: { observed },
        reproduce: curlHttp2(context),
      });
    }
    const streams = Array.from({ length: wanted - 1 }, () => context.sendHttp2(connection));
    await Promise.all(
      streams.map((stream) =>
        stream.until(() => (stream.head || stream.end ? true : undefined), 10 * context.bounds.open),
      ),
    );
    const unserved = streams.filter(({ isEventStream }) => !isEventStream);
    const [other] = unserved;
    const says = limit === undefined ? 'it names no limit' : `it allows ${limit}`;
    if (!other) return pass(`${wanted} streams are open on one connection; ${says}`, { evidence: { observed } });
    const message = `of ${wanted} streams on one connection ${unserved.length} were not served: one got ${answerOfHttp2(other)}; ${says}`;
    const detail = { evidence: other.evidence({ observed: { ...observed, served: wanted - unserved.length } }) };
    // That is a limit of the server as a whole.
    if (other.status !== undefined) return inconclusive(`${message}: declare the capacity`, detail);
    if (context.acquaintance.headersWaitForEvent) return inconclusive(message, detail);
    return warn(message, detail);
  } finally {
    connection.close();
  }
}
