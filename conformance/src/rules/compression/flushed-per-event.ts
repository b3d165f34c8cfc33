import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { judgeLoneEvents } from '../delivery/lone-event.ts';
import { judgeCodings } from './codings.ts';

export const flushedPerEvent: Rule = {
  id: 'compression/flushed-per-event',
  code: 'SZ-01',
  level: 'MUST',
  title: 'A compressed stream is flushed per event',
  statement: 'On a compressed stream too a lone event arrives at once: the encoder is flushed behind each event.',
  spec: [html('authoring-notes'), rfc(9110, '8.4')],
  access: ['publish'],
  phase: 'publishing',
  budgetMs: ({ bounds }) => 120_000 + 240 * bounds.event,
  judge: (context) =>
    judgeCodings(context, (coding) =>
      judgeLoneEvents(context, {
        send: { headers: { 'Accept-Encoding': coding } },
        noise: true,
        // Whether a flush is made does not depend on much.
        maxRuns: Math.ceil(context.effort.runs / 4),
      }),
    ),
};
