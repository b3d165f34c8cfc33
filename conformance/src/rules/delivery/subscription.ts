import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';

export const subscribedAtHeaders: Rule = {
  id: 'delivery/subscribed-at-headers',
  code: 'SD-02',
  level: 'MUST',
  title: 'With the headers the subscription stands',
  statement: 'Once the client has the response headers it is subscribed: every event published from then on arrives.',
  spec: [html('sse-processing-model')],
  access: ['publish'],
  phase: 'publishing',
  judge: async (context) => {
    const events = new NumberedEvents(context, 'at-headers');
    // Each of a batch publishes one event to all of them, so that no more are under way than the window allows.
    const batch = Math.min(4, context.bounds.window);
    // Where the headers come with the first event, each answer costs a wait, and a few show it as well.
    const wanted = context.acquaintance.headersWaitForEvent ? batch : context.effort.repeats;
    let tried = 0;
    while (tried < wanted) {
      const fates = await Promise.all(Array.from({ length: batch }, () => publishAtHeaders(context, events)));
      tried += batch;
      const lost = fates.filter(({ fate }) => fate === 'lost');
      const [first] = lost;
      if (first) {
        const message = `an event published as soon as the headers were there never came on ${lost.length} of ${tried} streams, though a later one did`;
        const observed = { streams: tried, lost: lost.length, publishedAfterHeadersMs: first.publishedAfterMs };
        return fail(message, { evidence: first.stream.evidence({ observed }) });
      }
      if (fates.some(({ fate }) => fate === 'late')) {
        return inconclusive(
          'an event published as soon as the headers were there came only after a later one: see delivery/lone-event-prompt',
        );
      }
    }
    return pass(`${tried} streams, each with an event published as soon as its headers were there: all arrived`);
  },
};

interface Fate {
  readonly fate: 'arrived' | 'late' | 'lost';
  readonly stream: Exchange;
  /** From the header block to the accepted publish. */
  readonly publishedAfterMs: number;
}

async function publishAtHeaders(context: RuleContext, events: NumberedEvents): Promise<Fate> {
  const stream = await context.subscribe({ keepBodyBytes: 4096 });
  const number = await events.publish();
  const publishedAfterMs = context.clock.now() - (stream.headAtMs ?? stream.startedAtMs);
  try {
    if (await events.arrival(stream, number, patienceMs(context))) return { fate: 'arrived', stream, publishedAfterMs };
    // Lost, late, or a stream on which nothing comes at all? A later event tells.
    const later = await events.publish();
    const laterCame = await events.arrival(stream, later, patienceMs(context));
    if (await events.arrival(stream, number, context.bounds.event)) return { fate: 'late', stream, publishedAfterMs };
    if (laterCame) return { fate: 'lost', stream, publishedAfterMs };
    throw new Undecided(`neither of two events came on a stream within ${2 * patienceMs(context)} ms`);
  } finally {
    stream.close();
  }
}
