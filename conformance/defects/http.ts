import { type Defect, shortBounds } from './judge-defect.ts';
import { openPlainStream, type PlainRequest, type PlainServer, type PlainStream, putOnWire } from './plain-server.ts';

type Fields = [string, string][];

/** The fields of a stream's head with one of them changed, or left out. */
const withField =
  (wanted: string, change: (value: string) => string | undefined) =>
  (fields: Fields): Fields =>
    fields.flatMap(([name, value]): Fields => {
      if (name !== wanted) return [[name, value]];
      const changed = change(value);
      return changed === undefined ? [] : [[name, changed]];
    });

const plus =
  (...more: Fields) =>
  (fields: Fields): Fields => [...fields, ...more];

const asksForStream = ({ path, method }: PlainRequest): boolean => path === '/stream' && method === 'GET';

/** Runs jobs one after the other, each after a pause. */
function inTurn(pauseMs: number): (job: () => void) => void {
  let freeAtMs = 0;
  return (job) => {
    freeAtMs = Math.max(freeAtMs, performance.now()) + pauseMs;
    setTimeout(job, freeAtMs - performance.now());
  };
}

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

const openingDefects: readonly Defect[] = [
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
        const queue = inTurn(20);
        return (stream, server) => queue(() => openIfStillThere(stream, server));
      })(),
    },
    target: { ...urlOnly, bounds: { ...shortBounds, open: 150 } },
    breaks: 'http/headers-before-first-event',
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

const cachingDefects: readonly Defect[] = [
  {
    name: 'lets caches keep the stream for a minute',
    behaviour: { streamFields: withField('Cache-Control', () => 'public, max-age=60') },
    breaks: 'http/not-cacheable',
    alsoBreaks: ['http/intermediary-directives'],
  },
  {
    name: 'lets the stream expire in another century',
    behaviour: {
      streamFields: (fields) =>
        withField('Cache-Control', () => undefined)([...fields, ['Expires', 'Fri, 01 Jan 2100 00:00:00 GMT']]),
    },
    breaks: 'http/not-cacheable',
    alsoBreaks: ['http/intermediary-directives'],
  },
  {
    name: 'says no-cache and nothing else',
    behaviour: { streamFields: withField('Cache-Control', () => 'no-cache') },
    breaks: 'http/intermediary-directives',
  },
  {
    name: 'lets nginx gather events',
    behaviour: { streamFields: withField('X-Accel-Buffering', () => undefined) },
    breaks: 'http/intermediary-directives',
  },
  {
    name: 'misspells Expires',
    behaviour: { streamFields: plus(['Expire', '0']) },
    breaks: 'http/intermediary-directives',
  },
];

const methodDefects: readonly Defect[] = [
  {
    name: 'never answers HEAD',
    behaviour: { answer: ({ method }) => (method === 'HEAD' ? 'no answer' : undefined) },
    breaks: 'http/head-answered',
  },
  {
    name: 'streams to HEAD as to GET',
    behaviour: { answer: ({ method }) => (method === 'HEAD' ? 'stream' : undefined) },
    breaks: 'http/head-answered',
    alsoBreaks: ['cleanup/non-subscriptions'],
  },
  {
    name: 'ends its answer to HEAD with the empty line of a body',
    behaviour: {
      answer: ({ method, socket }) => {
        if (method !== 'HEAD') return undefined;
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\r\n');
        return 'no answer';
      },
    },
    breaks: 'http/head-answered',
  },
  {
    name: 'works on one HEAD at a time',
    behaviour: {
      answer: (() => {
        const queue = inTurn(150);
        return ({ method, socket }) => {
          if (method !== 'HEAD') return undefined;
          queue(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
          return 'no answer';
        };
      })(),
    },
    breaks: 'http/head-answered',
  },
  {
    name: 'streams to every method',
    behaviour: {
      answer: ({ path, method }) =>
        path === '/stream' && !['GET', 'HEAD', 'OPTIONS'].includes(method) ? 'stream' : undefined,
    },
    breaks: 'http/unsupported-method',
    alsoBreaks: ['cleanup/non-subscriptions'],
  },
  {
    name: 'does not say which methods it allows',
    behaviour: {
      answer: ({ path, method }) =>
        path === '/stream' && !['GET', 'HEAD', 'OPTIONS'].includes(method) ? { status: 405 } : undefined,
    },
    breaks: 'http/unsupported-method',
    verdict: 'fail',
  },
  {
    name: 'never answers a method that it does not know',
    behaviour: {
      answer: ({ method }) =>
        ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE'].includes(method) ? undefined : 'no answer',
    },
    target: { bounds: { ...shortBounds, open: 200 } },
    breaks: 'http/unsupported-method',
  },
];

const versionDefects: readonly Defect[] = [
  {
    name: 'chunks towards HTTP/1.0',
    behaviour: { chunked: () => true },
    breaks: 'http/http10-unchunked',
  },
  {
    name: 'gathers the body for HTTP/1.0',
    behaviour: { write: (bytes, stream) => (stream.request.version === '1.0' ? undefined : putOnWire(bytes, stream)) },
    breaks: 'http/http10-unchunked',
  },
  {
    name: 'refuses HTTP/1.0',
    behaviour: { answer: ({ version }) => (version === '1.0' ? { status: 505 } : undefined) },
    breaks: 'http/http10-unchunked',
    verdict: 'warn',
  },
  {
    name: 'wants Accept to the letter',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && request.fields.get('accept') !== 'text/event-stream' ? { status: 406 } : undefined,
    },
    breaks: 'http/accept-admitted',
  },
  {
    name: 'knows media types in lower case only',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && /[A-Z]/.test(request.fields.get('accept') ?? '') ? { status: 400 } : undefined,
    },
    breaks: 'http/accept-admitted',
  },
  {
    name: 'breaks where Accept is missing',
    behaviour: {
      answer: (request) => (asksForStream(request) && !request.fields.has('accept') ? { status: 500 } : undefined),
    },
    breaks: 'http/accept-admitted',
  },
];

const corsDefects: readonly Defect[] = [
  {
    name: 'forgets CORS on the stream itself',
    behaviour: { streamFields: withField('Access-Control-Allow-Origin', () => undefined) },
    breaks: 'http/cors-response',
  },
  {
    name: 'forgets CORS on refusals',
    behaviour: { answer: ({ query }) => (query.get('topic') === 'nowhere' ? { status: 400 } : undefined) },
    breaks: 'http/cors-response',
  },
  {
    name: 'offers credentials to *',
    behaviour: {
      streamFields: (fields) =>
        withField('Access-Control-Allow-Origin', () => '*')([...fields, ['Access-Control-Allow-Credentials', 'true']]),
    },
    breaks: 'http/cors-response',
  },
  {
    name: 'answers by Origin and lets caches mix that up',
    behaviour: {
      streamFields: (fields) =>
        withField('Cache-Control', () => 'no-cache')(withField('Vary', () => undefined)(fields)),
    },
    breaks: 'http/cors-response',
    alsoBreaks: ['http/intermediary-directives'],
  },
  {
    name: 'answers by Origin without Vary',
    behaviour: { streamFields: withField('Vary', () => undefined) },
    breaks: 'http/cors-response',
    verdict: 'warn',
  },
  {
    name: 'allows no header field in a preflight',
    behaviour: {
      answer: ({ method }) =>
        method === 'OPTIONS'
          ? { status: 204, fields: [['Access-Control-Allow-Origin', 'http://app.example']] }
          : undefined,
    },
    breaks: 'http/cors-preflight',
  },
  {
    name: 'does not know preflights',
    behaviour: {
      answer: ({ method }) => (method === 'OPTIONS' ? { status: 405, fields: [['Allow', 'GET']] } : undefined),
    },
    breaks: 'http/cors-preflight',
  },
  {
    name: 'answers a preflight with the stream',
    behaviour: { answer: ({ method }) => (method === 'OPTIONS' ? 'stream' : undefined) },
    breaks: 'http/cors-preflight',
    alsoBreaks: ['cleanup/non-subscriptions'],
  },
];

/** Answers one path by hand. */
const byHand =
  (wanted: (request: PlainRequest) => boolean, response: string, ends = false) =>
  (request: PlainRequest): 'no answer' | undefined => {
    if (!wanted(request)) return undefined;
    request.socket.write(response);
    if (ends) request.socket.end();
    return 'no answer';
  };

const refusalDefects: readonly Defect[] = [
  {
    name: 'answers an ended URL with an empty stream',
    behaviour: {
      answer: ({ path }) =>
        path === '/gone' ? { status: 200, fields: [['Content-Type', 'text/event-stream']] } : undefined,
    },
    breaks: 'http/gone-is-204',
  },
  {
    name: 'answers an ended URL with 404',
    behaviour: { answer: ({ path }) => (path === '/gone' ? { status: 404 } : undefined) },
    breaks: 'http/gone-is-204',
  },
  {
    name: 'sends a last chunk after 204',
    behaviour: {
      answer: byHand(({ path }) => path === '/gone', 'HTTP/1.1 204 No Content\r\n\r\n0\r\n\r\n'),
    },
    breaks: 'http/gone-is-204',
  },
  {
    name: 'announces chunks with 204',
    behaviour: {
      answer: byHand(({ path }) => path === '/gone', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'),
    },
    breaks: 'http/gone-is-204',
  },
  {
    name: 'refuses with an event',
    behaviour: {
      answer: byHand(
        ({ query }) => query.get('topic') === 'nowhere',
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: failure\ndata: no such topic\n\n',
        true,
      ),
    },
    breaks: 'http/refused-by-status',
  },
  {
    name: 'takes the blame for a bad topic',
    behaviour: { answer: ({ query }) => (query.get('topic') === 'nowhere' ? { status: 500 } : undefined) },
    breaks: 'http/refused-by-status',
    alsoBreaks: ['http/cors-response'],
  },
  {
    name: 'begins a refusal and does not end it',
    behaviour: {
      answer: byHand(
        ({ query }) => query.get('topic') === 'nowhere',
        'HTTP/1.1 400 Bad Request\r\nAccess-Control-Allow-Origin: http://app.example\r\nContent-Length: 99\r\n\r\nno such topic',
      ),
    },
    breaks: 'http/refused-by-status',
  },
  {
    name: 'redirects what it refuses',
    behaviour: {
      answer: ({ query }) =>
        query.get('topic') === 'nowhere' ? { status: 302, fields: [['Location', '/']] } : undefined,
    },
    breaks: 'http/refused-by-status',
    verdict: 'warn',
  },
  {
    name: 'breaks on a parameter given twice',
    behaviour: {
      answer: ({ query }) => (query.getAll('topic').length > 1 ? { status: 500 } : undefined),
    },
    target: (url) => ({ stream: `${url}/stream?topic=news`, refusedUrls: [] }),
    breaks: 'http/refused-by-status',
  },
  {
    name: 'ends the stream at once where a parameter is missing',
    behaviour: {
      answer: byHand(
        (request) => asksForStream(request) && !request.query.has('topic'),
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n',
        true,
      ),
    },
    target: (url) => ({ stream: `${url}/stream?topic=news`, refusedUrls: [] }),
    breaks: 'http/refused-by-status',
  },
];

export const httpDefects: readonly Defect[] = [
  ...openingDefects,
  ...cachingDefects,
  ...methodDefects,
  ...versionDefects,
  ...corsDefects,
  ...refusalDefects,
];
