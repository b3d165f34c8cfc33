import type { Defect } from './judge-defect.ts';
import { encodePlainEvent, refusePlainEvent } from './plain-server.ts';

export const framingFieldDefects: readonly Defect[] = [
  {
    name: 'takes NUL from the ends of an id, as C does, and not from its middle',
    behaviour: {
      refuse: ({ id, ...event }, server) =>
        refusePlainEvent(id === undefined ? event : { ...event, id: id.replaceAll('\0', '~') }, server),
      identify: (event, { log }) => ({
        ...event,
        id: event.id?.replace(/^\0+|\0+$/g, '') ?? `auto-${log.length + 1}`,
      }),
    },
    breaks: 'framing/null-in-id',
  },
  {
    name: 'sends an id with NUL by itself',
    behaviour: { greeting: 'id: a\0\n\n' },
    target: { publish: undefined },
    breaks: 'framing/null-in-id',
  },
  {
    name: 'tells retry in seconds',
    behaviour: {
      encode: ({ retry, ...event }) =>
        encodePlainEvent(retry === undefined ? event : { ...event, retry: Number(retry) / 1000 }),
    },
    breaks: 'framing/retry-digits',
  },
  {
    name: 'takes any number as retry, in the notation of JavaScript',
    behaviour: {
      refuse: ({ retry, ...event }, server) =>
        retry !== undefined && (typeof retry !== 'number' || retry < 0)
          ? 'retry is no number'
          : refusePlainEvent(event, server),
    },
    breaks: 'framing/retry-digits',
  },
  {
    name: 'tells clients to come back at once',
    behaviour: { greeting: 'retry: 1\n\n' },
    breaks: 'framing/retry-digits',
    verdict: 'warn',
  },
  {
    name: 'loses U+FEFF from the start of data, as TextDecoder does',
    behaviour: {
      encode: (event) => encodePlainEvent({ ...event, data: new TextDecoder().decode(Buffer.from(event.data)) }),
    },
    breaks: 'framing/byte-order-mark',
    alsoBreaks: ['delivery/any-text-arrives'],
  },
  {
    name: 'loses U+FEFF from the first data of a stream',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        const isFirst = !written.has(stream.socket);
        written.add(stream.socket);
        const text = Buffer.from(frame).toString('utf8');
        behaviour.write(isFirst ? Buffer.from(text.replace('data: \ufeff', 'data: ')) : frame, stream);
      },
    },
    breaks: 'framing/byte-order-mark',
  },
];

/** Sockets of streams that have got an event. */
const written = new WeakSet<object>();
