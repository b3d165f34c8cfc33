import type { RuleContext, SendOptions } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe, rfc } from '../../spec.ts';
import { judgeVisits, leavingBudgetMs, type Visit } from './leaving.ts';

export const nonSubscriptions: Rule = {
  id: 'cleanup/non-subscriptions',
  code: 'SC-05',
  level: 'MUST',
  title: 'Requests that are no subscriptions register nothing',
  statement: 'HEAD, OPTIONS, refused requests and streams that end at once leave nothing registered.',
  spec: [rfc(9110, '9.3.2'), cwe(772)],
  access: ['stats'],
  phase: 'counting',
  budgetMs: (context) => leavingBudgetMs(context) + 20 * context.bounds.open,
  judge: async (context) => judgeVisits(context, await visits(context)),
};

const atOnce = 16;

/** So many `open` bounds a stream that ended within one before is waited for, as many come at once. */
const patience = 4;

/** Each kind of request on its own, so that it is known which leaves something. */
async function visits(context: RuleContext): Promise<Visit[]> {
  const { target } = context;
  const visit = (name: string, options: Asked): Visit => ({ name, act: () => ask(context, options) });
  return [
    visit('HEAD requests', { method: 'HEAD' }),
    visit('OPTIONS requests', { method: 'OPTIONS' }),
    // Safe by its definition (RFC 4918), known to parsers, and no stream supports it.
    visit('PROPFIND requests', { method: 'PROPFIND' }),
    visit('requests for JSON', { headers: { Accept: 'application/json' } }),
    // Beyond loopback a header block of this size could be taken for an attack.
    ...(target.onLoopback
      ? [visit('requests with 32 KiB of headers', { headers: { 'X-Padding': 'x'.repeat(32 * 1024) } })]
      : []),
    ...(target.profiles.has('private')
      ? [visit('requests without credentials', { headers: { Authorization: null, Cookie: null } })]
      : []),
    ...target.refusedUrls.map((url) => visit(`requests for ${url.pathname}${url.search}`, { url })),
    ...(target.goneUrl === undefined ? [] : [visit('requests for a stream that is over', { url: target.goneUrl })]),
    ...((await endsAtOnce(context)) ? [visit('streams that end at once', { toTheirEnd: true })] : []),
  ];
}

/** Whether the server ends its streams itself, and as soon as they have begun: longer ones are left, as SC-01 leaves them. */
async function endsAtOnce(context: RuleContext): Promise<boolean> {
  if (!context.target.profiles.has('finite')) return false;
  const exchange = await context.ask({ keepBodyBytes: 1024, observed: false, headers: { Connection: 'close' } });
  await exchange.endWithin(context.bounds.open);
  const ended = exchange.isEventStream && exchange.endedCleanly;
  exchange.close();
  return ended;
}

interface Asked extends SendOptions {
  /** Streams are not left, but read until the server ends them. */
  readonly toTheirEnd?: true;
}

/** Sends many of one kind, some at once. What is answered with a stream, or not at all, is left as clients leave. */
async function ask(context: RuleContext, { toTheirEnd, ...options }: Asked): Promise<number> {
  let sent = 0;
  while (sent < context.effort.repeats) {
    const count = Math.min(atOnce, context.effort.repeats - sent);
    const answers = await Promise.all(
      Array.from({ length: count }, async () => {
        const headers = { Connection: 'close', ...options.headers };
        const exchange = context.send({ ...options, headers, keepBodyBytes: 1024, observed: false });
        await exchange.until(() => (exchange.end || exchange.isEventStream ? true : undefined), context.bounds.open);
        if (toTheirEnd) await exchange.endWithin(patience * context.bounds.open);
        const answered = exchange.head !== undefined;
        exchange.close();
        return answered;
      }),
    );
    sent += count;
    // The first batch shows as much as all of them, and each costs the whole wait.
    if (!answers.includes(true)) break;
  }
  return sent;
}
