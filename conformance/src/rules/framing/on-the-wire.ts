import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { skip } from '../../verdict.ts';
import { onTheWire } from '../on-the-wire.ts';

const looked = ({ streams, bytes }: { streams: number; bytes: number }): string | undefined =>
  bytes === 0 ? undefined : `${bytes} bytes on ${streams} streams`;

export const validUtf8: Rule = {
  id: 'framing/valid-utf-8',
  code: 'SF-01',
  level: 'MUST',
  title: 'The body is UTF-8',
  statement: 'The body is valid UTF-8 from its first to its last byte.',
  spec: [html('parsing-an-event-stream'), rfc(3629, '4')],
  access: ['stream'],
  phase: 'passive',
  judge: onTheWire('framing/valid-utf-8', looked),
};

export const knownFields: Rule = {
  id: 'framing/known-fields',
  code: 'SF-02',
  level: 'SHOULD',
  title: 'No line is lost as an unknown field',
  statement: 'Every line is blank, a comment, or one of data, event, id and retry; any other is ignored by clients.',
  spec: [html('event-stream-interpretation')],
  access: ['stream'],
  phase: 'passive',
  judge: onTheWire('framing/known-fields', looked),
};

export const lastEventTerminated: Rule = {
  id: 'framing/last-event-terminated',
  code: 'SF-03',
  level: 'MUST',
  title: 'A clean end leaves no event unfinished',
  statement: 'A response that ends cleanly has the blank line after its last event.',
  spec: [html('event-stream-interpretation'), rfc(9112, '8')],
  access: ['stream'],
  phase: 'passive',
  judge: async (context) => {
    if (context.target.endStream !== undefined) await seeAnEnd(context);
    return lastEvents(context);
  },
};

const lastEvents = onTheWire('framing/last-event-terminated', ({ cleanEnds }) =>
  cleanEnds === 0
    ? skip('profile', 'no stream ended by itself: for servers that end their streams')
    : `${cleanEnds} streams ended cleanly after a whole event`,
);

/** Has the server end a stream, so that there is one to look at. @throws Undecided where it does not */
async function seeAnEnd(context: RuleContext): Promise<void> {
  const { bounds } = context;
  const stream = await context.subscribe();
  if (context.publishes) await context.publish({ data: 'ssert-last' });
  await context.endStreams();
  await stream.until(() => stream.end, bounds.gone);
  if (!stream.end) throw new Undecided(`asked to end its streams, the server left one open for ${bounds.gone} ms`);
}

export const lineEndings: Rule = {
  id: 'framing/line-endings',
  code: 'SF-12',
  level: 'SHOULD',
  title: 'Lines end with LF',
  statement: 'Lines end with LF, one style throughout: CRLF and CR are legal, but many clients look for LF LF.',
  spec: [html('parsing-an-event-stream')],
  access: ['stream'],
  phase: 'passive',
  judge: onTheWire('framing/line-endings', looked),
};

export const reservedEventNames: Rule = {
  id: 'framing/reserved-event-names',
  code: 'SF-14',
  level: 'SHOULD',
  title: 'No event is named error or open',
  statement: 'No event has a type that EventSource dispatches itself.',
  spec: [html('the-eventsource-interface')],
  access: ['stream'],
  profiles: ['browser'],
  phase: 'passive',
  judge: onTheWire('framing/reserved-event-names', ({ events }) => (events === 0 ? undefined : `${events} events`)),
};
