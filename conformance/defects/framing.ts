import type { Defect } from './judge-defect.ts';
import {
  encodePlainEvent,
  endingStreams,
  linesOf,
  type PlainEvent,
  putOnWire,
  refusePlainEvent,
} from './plain-server.ts';

/** A frame with its data lines written in another way. */
function withDataLines({ data, ...rest }: PlainEvent, write: (data: string) => string): string {
  return encodePlainEvent({ ...rest, data: '' }).replace('data: \n', () => write(data));
}

const roundTripRules = [
  'framing/newline-in-data',
  'framing/carriage-return-in-data',
  'framing/leading-space-kept',
  'framing/trailing-whitespace-kept',
  'framing/only-real-line-breaks',
  'delivery/any-text-arrives',
];

/** Text as bytes that keep lone surrogates, which UTF-8 has no form for (RFC 3629 3). */
function withSurrogates(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text);
  const bytes = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xd800 || code > 0xdfff) return Buffer.from(character);
    return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
  });
  return Buffer.concat(bytes);
}

export const framingDefects: readonly Defect[] = [
  {
    name: 'sends a heartbeat in Latin-1',
    behaviour: { heartbeat: ': caf\u00e9\n\n', write: (bytes, stream) => putOnWire(latin1Heartbeat(bytes), stream) },
    breaks: 'framing/valid-utf-8',
  },
  {
    name: 'writes lone surrogates as they are',
    behaviour: {
      refuse: (event, server) => refusePlainEvent({ ...event, data: event.data.toWellFormed() }, server),
      encode: (event) => withSurrogates(encodePlainEvent(event)),
    },
    breaks: 'framing/valid-utf-8',
    alsoBreaks: ['delivery/any-text-arrives'],
  },
  {
    name: 'cuts characters at a buffer end',
    behaviour: {
      encode: (event) => {
        const frame = Buffer.from(encodePlainEvent(event));
        const at = frame.findIndex((byte) => byte >= 0xe0);
        return at < 0 ? frame : Buffer.concat([frame.subarray(0, at + 1), frame.subarray(at + 2)]);
      },
    },
    breaks: 'framing/valid-utf-8',
    alsoBreaks: [...roundTripRules, 'framing/byte-order-mark', 'delivery/type-and-id-arrive'],
  },
  {
    name: 'reports trouble in a field of its own',
    behaviour: { greeting: 'error: none so far\n\n' },
    breaks: 'framing/known-fields',
  },
  {
    name: 'capitalises field names',
    behaviour: { greeting: 'Retry: 3000\n\n' },
    breaks: 'framing/known-fields',
  },
  {
    name: 'says a last word without its blank line when its streams are to end',
    behaviour: { answer: endingStreams('data: [DONE]\n') },
    target: (url) => ({ endStream: `${url}/end` }),
    breaks: 'framing/last-event-terminated',
  },
  {
    name: 'ends a stream before the blank line of its last event',
    behaviour: {
      open: (stream, server) => {
        const { behaviour } = server;
        stream.socket.write(
          `${behaviour.streamStatus}\r\nContent-Type: text/event-stream\r\nCache-Control: no-store, no-transform\r\nX-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n`,
        );
        behaviour.write(Buffer.from('data: [DONE]\n'), stream);
        stream.socket.end('0\r\n\r\n');
      },
      chunked: () => true,
    },
    target: {
      profile: ['finite'],
      publish: undefined,
      stats: undefined,
      replay: undefined,
      goneUrl: undefined,
      capacity: undefined,
    },
    breaks: 'framing/last-event-terminated',
    alsoBreaks: ['http/http10-unchunked', 'security/connection-limit'],
  },
  {
    name: 'writes data as it comes, line feeds included',
    behaviour: { encode: (event) => withDataLines(event, (data) => `data: ${data.replace(/\r\n?/g, '\n')}\n`) },
    breaks: 'framing/newline-in-data',
    alsoBreaks: [
      'framing/carriage-return-in-data',
      'framing/trailing-whitespace-kept',
      'framing/known-fields',
      'framing/retry-digits',
      'framing/byte-order-mark',
      'delivery/any-text-arrives',
    ],
  },
  {
    name: 'splits data at LF only, so that CR goes out raw',
    behaviour: {
      encode: (event) =>
        withDataLines(event, (data) =>
          data
            .split('\n')
            .map((line) => `data: ${line}\n`)
            .join(''),
        ),
    },
    breaks: 'framing/carriage-return-in-data',
    alsoBreaks: [
      'framing/known-fields',
      'framing/line-endings',
      'framing/retry-digits',
      'framing/byte-order-mark',
      'delivery/any-text-arrives',
    ],
  },
  {
    name: 'writes no space of its own after the colon',
    behaviour: {
      encode: (event) =>
        withDataLines(event, (data) =>
          linesOf(data)
            .map((line) => `data:${line}\n`)
            .join(''),
        ),
    },
    breaks: 'framing/leading-space-kept',
    alsoBreaks: ['framing/trailing-whitespace-kept', 'delivery/any-text-arrives'],
  },
  {
    name: 'trims the end of data',
    behaviour: { encode: (event) => encodePlainEvent({ ...event, data: event.data.trimEnd() }) },
    breaks: 'framing/trailing-whitespace-kept',
    alsoBreaks: ['framing/byte-order-mark', 'delivery/any-text-arrives'],
  },
  {
    name: 'drops an event whose data is empty',
    behaviour: { encode: (event) => (event.data === '' ? '' : encodePlainEvent(event)) },
    breaks: 'framing/trailing-whitespace-kept',
    alsoBreaks: ['delivery/any-text-arrives'],
  },
  {
    name: 'takes an id with NUL',
    behaviour: {
      refuse: (event, server) => refusePlainEvent({ ...event, id: event.id?.replaceAll('\0', '') ?? 'none' }, server),
    },
    breaks: 'framing/null-in-id',
    alsoBreaks: ['delivery/type-and-id-arrive'],
  },
  {
    name: 'splits lines as Python does, at every Unicode separator',
    behaviour: {
      encode: (event) =>
        withDataLines(event, (data) =>
          data
            .split(/\r\n|[\n\r\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]/)
            .map((line) => `data: ${line}\n`)
            .join(''),
        ),
    },
    breaks: 'framing/only-real-line-breaks',
    alsoBreaks: ['delivery/any-text-arrives'],
  },
  {
    name: 'sends the byte order mark of a second template file',
    behaviour: { greeting: ': hello\n\n\ufeff: hello\n\n' },
    breaks: 'framing/byte-order-mark',
  },
  {
    name: 'sends a negative retry',
    behaviour: { greeting: 'retry: -5\n\n' },
    breaks: 'framing/retry-digits',
  },
  {
    name: 'takes any number as retry',
    behaviour: { refuse: (event, server) => refusePlainEvent({ ...event, retry: 1 }, server) },
    breaks: 'framing/retry-digits',
    alsoBreaks: ['security/field-injection', 'framing/line-endings'],
  },
  {
    name: 'mixes line ends',
    behaviour: { greeting: ': hello\r\n\r\n' },
    breaks: 'framing/line-endings',
  },
  {
    name: 'takes events above 1 MiB',
    behaviour: {
      refuse: (event, server) =>
        refusePlainEvent(event.data.length > 1024 * 1024 ? { ...event, data: '' } : event, server),
    },
    breaks: 'framing/event-size',
    alsoBreaks: ['delivery/any-text-arrives'],
  },
  {
    name: 'reports trouble in an event named error',
    behaviour: { greeting: 'event: error\ndata: {}\n\n' },
    breaks: 'framing/reserved-event-names',
  },
];

function latin1Heartbeat(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('utf8');
  return text.startsWith(': caf') ? Buffer.from(text, 'latin1') : bytes;
}
