import { Channel, type Delivery } from '../../channel.ts';
import { notLineBreaks, textOf } from '../../payload.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { inconclusive, pass, warn } from '../../verdict.ts';
import { dataComplaint, evidenceOfDelivery, rightOnes, roundTrips, sendInTime } from '../round-trip.ts';
import { mib } from '../units.ts';

export const newlineInData: Rule = {
  id: 'framing/newline-in-data',
  code: 'SF-04',
  level: 'MUST',
  title: 'LF in data survives',
  statement: 'Data with LF is sent as one data line per line and arrives as sent.',
  spec: [html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'publishing',
  // Trailing line feeds are the business of framing/trailing-whitespace-kept.
  judge: roundTrips(
    textOf(['a', 'b', '\n']).map((text) => `x${text}x`),
    ['a\nb', 'a\n\nb', 'a\nb\nc'],
  ),
};

export const carriageReturnInData: Rule = {
  id: 'framing/carriage-return-in-data',
  code: 'SF-05',
  level: 'MUST',
  title: 'CR and CRLF in data are line breaks too',
  statement: 'CR and CRLF in data never stand raw inside a data line: they arrive as line breaks, or are refused.',
  spec: [html('parsing-an-event-stream')],
  access: ['publish'],
  phase: 'publishing',
  judge: roundTrips(
    textOf(['a', '\r', '\r\n', 'data: ', 'event: ']).map((text) => `x${text}x`),
    ['a\rb', 'a\r\nb', 'a\rdata: b'],
  ),
};

export const leadingSpaceKept: Rule = {
  id: 'framing/leading-space-kept',
  code: 'SF-06',
  level: 'MUST',
  title: 'A leading space survives',
  statement: 'A value that begins with a space keeps it: the writer puts a space of its own after the colon.',
  spec: [html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'publishing',
  judge: roundTrips(
    textOf([' ', 'x', '{']).map((text) => ` ${text}.`),
    [' x', '  x', '    x'],
  ),
};

export const trailingWhitespaceKept: Rule = {
  id: 'framing/trailing-whitespace-kept',
  code: 'SF-07',
  level: 'MUST',
  title: 'Trailing space, trailing newline and the empty string survive',
  statement: 'Trailing newlines, trailing spaces and the empty string arrive as sent or are refused; never silence.',
  spec: [html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'publishing',
  judge: roundTrips(
    textOf([' ', '\n']).map((text) => `a${text}`),
    ['a\n', 'a\n\n', 'a ', ''],
  ),
};

export const onlyRealLineBreaks: Rule = {
  id: 'framing/only-real-line-breaks',
  code: 'SF-10',
  level: 'MUST',
  title: 'Only CR, LF and CRLF break lines',
  statement: 'U+0085, U+2028, U+2029, U+000B, U+000C and U+001C to U+001E pass through unchanged.',
  spec: [html('parsing-an-event-stream')],
  access: ['publish'],
  phase: 'publishing',
  judge: roundTrips(
    textOf(['a', ...notLineBreaks]).map((text) => `x${text}x`),
    notLineBreaks.map((character) => `a${character}b`),
  ),
};

/** Whether all of the data, which is `x` and nothing else, came in several events of at most 1 MiB. */
function isSplit({ events }: Delivery, length: number): boolean {
  const carried = events.reduce((sum, { data }) => sum + data.replaceAll(/[^x]/g, '').length, 0);
  return events.length > 1 && carried >= length && events.every((event) => event.length <= mib);
}

export const eventSize: Rule = {
  id: 'framing/event-size',
  code: 'SF-13',
  level: 'SHOULD',
  title: 'No event is larger than 1 MiB',
  statement: 'No single event exceeds 1 MiB on the wire: many clients have a limit there, reject it and reconnect.',
  spec: [html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'publishing',
  judge: async (context) => {
    // Events that the server makes by itself were seen on the way.
    const { longestEventBytes } = context.observations;
    const channel = await Channel.open(context, { observed: false });
    const data = 'x'.repeat(mib + 1);
    const came = (one: Delivery): boolean => rightOnes(channel, data, one).length > 0 || isSplit(one, data.length);
    const delivery = await sendInTime(context, channel, { data }, came);
    const observed = { longestEventBytes };
    switch (delivery.outcome.kind) {
      case 'refused':
        return longestEventBytes > mib
          ? warn(`an event of ${longestEventBytes} bytes was sent`, { evidence: { observed } })
          : pass(`an event above 1 MiB is refused (${delivery.outcome.reason})`);
      case 'no-answer':
        return inconclusive(`publishing an event above 1 MiB got no answer: ${delivery.outcome.reason}`);
      case 'accepted':
    }
    const evidence = evidenceOfDelivery(delivery);
    if (longestEventBytes <= mib && isSplit(delivery, data.length)) {
      return pass(`data above 1 MiB is split into ${delivery.events.length} events`);
    }
    if (delivery.events.length === 0)
      return warn('an event above 1 MiB was accepted and never arrived whole', { evidence });
    return dataComplaint(channel, data, delivery)
      ? warn('an event above 1 MiB was accepted and did not arrive as it was sent', { evidence })
      : warn('an event above 1 MiB is accepted and sent as one event', { evidence });
  },
};
