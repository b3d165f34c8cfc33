import { type Defect, shortBounds } from '../judge-defect.ts';
import { openPlainStream, type PlainServer, type PlainStream, putOnWire } from '../plain-server.ts';
import { asksForStream, inTurn } from './answer.ts';
import { plus, withField } from './stream-fields.ts';

function openIfStillThere(stream: PlainStream, server: PlainServer): void {
  if (!stream.socket.destroyed) openPlainStream(stream, server);
}

/** Promises of a server that is known by its URL alone: what it delivers is not judged. */
const urlOnly = {
  profile: ['live'],
  publish: undefined,
  stats: undefined,
  replay: undefined,
  goneUrl: undefined,
  capacity: undefined,
} as const;

const headless = new WeakSet<PlainStream>();

/** A stream whose head goes out with its first event, as a framework does that writes headers with the first bytes. */
function openWithoutHead(stream: PlainStream, server: PlainServer): void {
  headless.add(stream);
  server.streams.add(stream);
}

/** Bytes in chunks whose sizes are counted in characters. */
function putCharactersOnWire(bytes: Uint8Array, stream: PlainStream): void {
  const inCharacters = Buffer.from(bytes).toString('utf8').length;
  if (!stream.chunked || inCharacters === bytes.length) putOnWire(bytes, stream);
  else
    stream.socket.write(Buffer.concat([Buffer.from(`${inCharacters.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]));
}

export const openingDefects: readonly Defect[] = [
  {
    name: 'sends the stream as JSON',
    behaviour: { streamFields: withField('Content-Type', () => 'application/json') },
    breaks: 'http/status-and-content-type',
  },
  {
    name: 'answers a subscription with 202',
    behaviour: { streamStatus: 'HTTP/1.1 202 Accepted' },
    breaks: 'http/status-and-content-type',
  },
  {
    name: 'has nothing at its URL',
    behaviour: { answer: ({ path }) => (path === '/stream' ? { status: 404, body: 'not found' } : undefined) },
    breaks: 'http/status-and-content-type',
  },
  {
    name: 'gives browsers its page',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && request.fields.get('user-agent')?.startsWith('Mozilla')
          ? { status: 200, fields: [['Content-Type', 'text/html']], body: '<p>' }
          : undefined,
    },
    breaks: 'http/status-and-content-type',
  },
  {
    name: 'breaks on a query',
    behaviour: { answer: (request) => (request.query.has('_') ? { status: 500 } : undefined) },
    breaks: 'http/status-and-content-type',
  },
  {
    name: 'says that the stream is Latin-1',
    behaviour: { streamFields: withField('Content-Type', (value) => `${value}; charset=ISO-8859-1`) },
    breaks: 'http/charset-utf-8',
  },
  {
    name: "sends the framework's Content-Type as well",
    behaviour: { streamFields: plus(['Content-Type', 'text/html']) },
    breaks: 'http/charset-utf-8',
  },
  {
    name: 'gives Content-Type a boundary',
    behaviour: { streamFields: withField('Content-Type', (value) => `${value}; boundary=x`) },
    breaks: 'http/charset-utf-8',
    verdict: 'warn',
  },
  {
    name: 'sends its headers with the first event',
    behaviour: {
      heartbeat: '',
      open: openWithoutHead,
      deliver: (frame, stream, server) => {
        if (headless.delete(stream)) openPlainStream(stream, server);
        server.behaviour.write(frame, stream);
      },
    },
    target: (url) => ({ ...urlOnly, publish: `${url}/publish`, bounds: { ...shortBounds, open: 150 } }),
    breaks: 'http/headers-before-first-event',
    alsoBreaks: ['delivery/idle-heartbeat'],
  },
  {
    name: 'never sends its headers',
    behaviour: { heartbeat: '', open: openWithoutHead },
    target: { ...urlOnly, bounds: { ...shortBounds, open: 150 } },
    breaks: 'http/headers-before-first-event',
  },
  {
    name: 'thinks before it sends its headers',
    behaviour: { open: (stream, server) => setTimeout(openIfStillThere, 500, stream, server) },
    target: { ...urlOnly, bounds: { ...shortBounds, open: 150 } },
    breaks: 'http/headers-before-first-event',
  },
  {
    name: 'sets one stream up after the other',
    behaviour: {
      open: (() => {
        const queue = inTurn(60);
        return (stream, server) => queue(() => openIfStillThere(stream, server));
      })(),
    },
    target: { ...urlOnly, bounds: { ...shortBounds, open: 150 } },
    breaks: 'http/headers-before-first-event',
    // Which asks for a subscription after its HEADs.
    alsoBreaks: ['http/head-answered'],
  },
  {
    name: 'gives an endless stream a Content-Length',
    behaviour: { chunked: () => false, streamFields: plus(['Content-Length', '1000000000']) },
    breaks: 'http/endless-body-framing',
  },
  {
    name: 'sends Content-Length with Transfer-Encoding',
    behaviour: { streamFields: plus(['Content-Length', '58']) },
    breaks: 'http/endless-body-framing',
  },
  {
    name: 'says chunked twice',
    behaviour: { streamFields: withField('Transfer-Encoding', () => 'chunked, chunked') },
    breaks: 'http/endless-body-framing',
  },
  {
    name: 'counts chunk sizes in characters',
    behaviour: { write: putCharactersOnWire },
    breaks: 'http/endless-body-framing',
    alsoBreaks: [
      'framing/byte-order-mark',
      'framing/only-real-line-breaks',
      'delivery/any-text-arrives',
      'delivery/type-and-id-arrive',
    ],
  },
];
