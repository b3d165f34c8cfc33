import { constants, createGzip, type Gzip } from 'node:zlib';
import {
  encodePlainEvent,
  endingStreams,
  type PlainEvent,
  type PlainStream,
  putOnWire,
  refusePlainEvent,
} from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

const withLineEnd =
  (lineEnd: string) =>
  (event: PlainEvent): string =>
    encodePlainEvent(event).replaceAll('\n', lineEnd);

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const mib = 1024 * 1024;

/** Data as it is, or in parts of 100,000 characters where its event would be above 1 MiB. */
function inParts(data: string): string[] {
  if (Buffer.byteLength(encodePlainEvent({ data })) < mib - 100) return [data];
  return data.match(/.{1,100000}/gsu) ?? [];
}

const gzips = new WeakMap<PlainStream, Gzip>();

/** A compressor per stream, flushed after each write, so that nothing waits inside it. */
function writeCompressed(bytes: Uint8Array, stream: PlainStream): void {
  let gzip = gzips.get(stream);
  if (!gzip) {
    gzip = createGzip();
    gzip.on('data', (part: Buffer) => putOnWire(part, stream));
    gzips.set(stream, gzip);
  }
  gzip.write(bytes);
  gzip.flush(constants.Z_SYNC_FLUSH);
}

/** Servers whose bytes are unusual and right. */
export const legalOnTheWire: readonly LegalVariant[] = [
  {
    name: 'ends lines with CRLF',
    behaviour: { greeting: ': hello\r\n\r\n', heartbeat: ':\r\n\r\n', encode: withLineEnd('\r\n') },
    mayWarn: ['framing/line-endings'],
  },
  {
    name: 'ends lines with CR',
    behaviour: { greeting: ': hello\r\r', heartbeat: ':\r\r', encode: withLineEnd('\r') },
    mayWarn: ['framing/line-endings'],
  },
  { name: 'begins with a byte order mark', behaviour: { greeting: '\ufeff: hello\n\n' } },
  {
    name: 'writes no space after the colon unless the value begins with one',
    behaviour: {
      encode: (event) => encodePlainEvent(event).replace(/(^|\n)(data|event|id|retry): (?! )/g, '$1$2:'),
    },
  },
  {
    name: 'sends nothing but comments',
    behaviour: {},
    target: { publish: undefined, stats: undefined, replay: undefined, profile: ['live'] },
  },
  {
    name: 'sends no byte of greeting and writes an empty data field for a blank line',
    behaviour: { greeting: '', encode: (event) => encodePlainEvent(event).replace(/(^|\n)data: (?=\n)/g, '$1data') },
  },
  {
    name: 'writes byte by byte',
    behaviour: {
      write: (bytes, stream) => {
        // Large frames go in two pieces: thousands of writes of one byte would only test the machine.
        const cut = Math.min(bytes.length, 200);
        for (let at = 0; at < cut; at += 1) putOnWire(bytes.subarray(at, at + 1), stream);
        putOnWire(bytes.subarray(cut), stream);
      },
    },
  },
  { name: 'delimits the body by the end of the connection', behaviour: { chunked: () => false } },
  {
    name: 'ends its streams when asked to, with a comment as the last word',
    behaviour: { answer: endingStreams(': no more') },
    target: (url) => ({ endStream: `${url}/end` }),
    passes: ['framing/last-event-terminated'],
  },
  {
    name: 'compresses with gzip unasked and flushes each event',
    behaviour: {
      streamFields: (fields) => [...fields, ['Content-Encoding', 'gzip']],
      write: writeCompressed,
    },
    mayWarn: ['compression/offered-codings-only'],
  },
  {
    name: 'spells the charset in capitals and quotes',
    behaviour: {
      streamFields: (fields) =>
        fields.map(([name, value]) => [name, name === 'Content-Type' ? 'Text/Event-Stream; Charset="UTF-8"' : value]),
    },
  },
  {
    name: 'puts id and event after data',
    behaviour: {
      encode: (event) => {
        const lines = encodePlainEvent(event)
          .slice(0, -1)
          .split(/(?<=\n)/);
        return `${lines.sort((a, b) => Number(b.startsWith('data')) - Number(a.startsWith('data'))).join('')}\n`;
      },
    },
  },
  {
    name: 'sends no ids and has no replay',
    behaviour: {
      identify: (event) => event,
      encode: ({ id: _, ...event }) => encodePlainEvent(event),
      replay: () => [],
    },
    target: { profile: ['live', 'browser'], replay: undefined },
    mayWarn: ['backpressure/loss-noticeable'],
  },
  {
    name: 'cuts slow readers off',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        if (stream.socket.writableLength > 1024 * 1024) stream.socket.destroy();
        else behaviour.write(frame, stream);
      },
    },
    target: { slowPolicy: 'disconnect' },
  },
  {
    name: 'sends a declared field of its own',
    behaviour: { greeting: 'x-room: 7\n\n' },
    target: { allowFields: ['x-room'] },
  },
  {
    name: 'sends an undeclared field of its own',
    behaviour: { greeting: 'x-room: 7\n\n' },
    mayWarn: ['framing/known-fields'],
  },
  {
    name: 'puts U+FFFD for lone surrogates',
    behaviour: { refuse: (event, server) => refusePlainEvent({ ...event, data: event.data.toWellFormed() }, server) },
  },
  {
    name: 'puts a question mark for lone surrogates, as Java does',
    behaviour: {
      refuse: (event, server) => refusePlainEvent({ ...event, data: event.data.toWellFormed() }, server),
      encode: (event) => encodePlainEvent({ ...event, data: event.data.replace(/\p{Surrogate}/gu, '?') }),
    },
  },
  {
    name: 'answers 500 to what is not Unicode text',
    behaviour: {
      answer: ({ path, body }) =>
        path === '/publish' && !(JSON.parse(body) as PlainEvent).data.isWellFormed() ? { status: 500 } : undefined,
    },
  },
  {
    name: 'splits data that would make an event above 1 MiB',
    behaviour: {
      refuse: (event, server) => {
        const reason = refusePlainEvent(event, server);
        return reason === 'event is above 1 MiB' ? undefined : reason;
      },
      encode: (event) =>
        inParts(event.data)
          .map((data) => encodePlainEvent({ ...event, data }))
          .join(''),
    },
  },
  {
    name: 'puts a comment into every event and two blank lines after it',
    behaviour: {
      encode: (event) => `: event follows\n${encodePlainEvent(event)}\n`,
    },
  },
  {
    name: 'sends events as JSON strings',
    behaviour: { encode: (event) => encodePlainEvent({ ...event, data: JSON.stringify(event.data) }) },
  },
  {
    name: 'sends events as JSON strings in ASCII, as Python does',
    behaviour: { encode: (event) => encodePlainEvent({ ...event, data: asciiJson(event.data) }) },
  },
];
