import {
  endPlainStream,
  openPlainStream,
  type PlainAnswer,
  type PlainRequest,
  type PlainServer,
} from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

type Fields = [string, string][];

const withValue =
  (wanted: string, value: string | undefined) =>
  (fields: Fields): Fields => [
    ...fields.filter(([name]) => name !== wanted),
    ...(value === undefined ? [] : ([[wanted, value]] satisfies Fields)),
  ];

const asksForStream = ({ path, method }: PlainRequest): boolean => path === '/stream' && method === 'GET';

const json = (status: number, more: Fields = []): PlainAnswer => ({
  status,
  fields: [['Content-Type', 'application/json'], ['Access-Control-Allow-Origin', '*'], ...more],
  body: '{}',
});

const whole = Buffer.from('data: one\n\ndata: [DONE]\n\n');

const haveRefused = new WeakSet<PlainServer>();

/** Servers whose responses are unusual and right. */
export const legalHttp: readonly LegalVariant[] = [
  {
    name: 'redirects to where the stream is',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && !request.query.has('topic')
          ? { status: 307, fields: [['Location', '/stream?topic=news']] }
          : undefined,
    },
  },
  {
    name: 'makes a job of each POST and sends its client to where the events are',
    behaviour: {
      answer: ({ path, method }) =>
        path === '/jobs' && method === 'POST' ? { status: 303, fields: [['Location', '/stream']] } : undefined,
    },
    target: (url) => ({
      stream: { url: `${url}/jobs`, headers: { 'Content-Type': 'application/json' }, body: '{"job":1}' },
    }),
    passes: ['http/status-and-content-type'],
  },
  {
    name: 'answers 400 to the methods that it knows and does not take, and a page to all others',
    behaviour: {
      answer: ({ path, method }) => {
        if (path !== '/stream' || ['GET', 'HEAD', 'OPTIONS'].includes(method)) return undefined;
        return json(['PUT', 'PATCH', 'DELETE'].includes(method) ? 400 : 200);
      },
    },
    passes: ['http/unsupported-method'],
  },
  {
    name: 'writes field names in lower case and ends Content-Type with a semicolon',
    behaviour: {
      streamFields: (fields) =>
        fields.map(([name, value]) => [name.toLowerCase(), name === 'Content-Type' ? `${value};` : value]),
    },
  },
  {
    name: 'refuses a query that it does not know',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && [...request.query.keys()].some((name) => name !== 'topic') ? json(400) : undefined,
    },
  },
  {
    name: 'says public and max-age beside no-store',
    behaviour: { streamFields: withValue('Cache-Control', 'public, max-age=60, no-store, no-transform') },
  },
  {
    name: 'lets the stream be stale at once',
    behaviour: {
      streamFields: (fields) => [...withValue('Cache-Control', 'public, max-age=0')(fields), ['Expires', '0']],
    },
    mayWarn: ['http/intermediary-directives'],
  },
  {
    name: 'says public of a stream that has expired',
    behaviour: {
      streamFields: (fields) => [...withValue('Cache-Control', 'public')(fields), ['Expires', '0']],
    },
    mayWarn: ['http/intermediary-directives'],
    passes: ['http/not-cacheable'],
  },
  {
    name: 'let the stream expire before it was sent',
    behaviour: {
      streamFields: (fields) => [
        ...withValue('Cache-Control', undefined)(fields),
        ['Date', 'Tue, 24 Nov 2026 10:00:00 GMT'],
        ['Expires', 'Tue, 24 Nov 2026 09:00:00 GMT'],
      ],
    },
    mayWarn: ['http/intermediary-directives'],
  },
  {
    name: 'stands behind nginx, which takes X-Accel-Buffering off',
    behaviour: {
      streamFields: (fields) => [...withValue('X-Accel-Buffering', undefined)(fields), ['Server', 'nginx/1.28.0']],
    },
  },
  {
    name: 'does not know HEAD and says so',
    behaviour: {
      answer: ({ method }) => (method === 'HEAD' ? { status: 405, fields: [['Allow', 'GET']] } : undefined),
    },
  },
  {
    name: 'closes the connection on a method that it does not know',
    behaviour: {
      answer: ({ method, socket }) => {
        if (['GET', 'HEAD', 'POST', 'OPTIONS'].includes(method)) return undefined;
        socket.end();
        return 'no answer';
      },
    },
  },
  {
    name: 'does something else on PUT and DELETE',
    behaviour: {
      answer: ({ method }) => (['PUT', 'DELETE'].includes(method) ? json(200) : undefined),
    },
  },
  {
    name: 'speaks HTTP/1.0',
    behaviour: { streamStatus: 'HTTP/1.0 200 OK', chunked: () => false },
  },
  {
    name: 'sends a stream that ends with its exact length',
    behaviour: {
      greeting: '',
      chunked: () => false,
      streamFields: (fields) => [...fields, ['Content-Length', String(whole.length)]],
      open: (stream, { behaviour }) => {
        const fields = behaviour.streamFields([['Content-Type', 'text/event-stream']], stream.request);
        const head = `HTTP/1.1 200 OK\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
        stream.socket.write(Buffer.concat([Buffer.from(head), whole]));
      },
    },
    target: {
      profile: ['finite'],
      publish: undefined,
      stats: undefined,
      replay: undefined,
      capacity: undefined,
    },
    mayWarn: ['http/intermediary-directives'],
  },
  {
    name: 'refuses those who accept no event stream',
    behaviour: {
      answer: (request) => {
        const accept = request.fields.get('accept') ?? '*/*';
        return asksForStream(request) && !/text\/event-stream(?!;q=0$)|\*\/\*|text\/\*/i.test(accept)
          ? json(406)
          : undefined;
      },
    },
  },
  {
    name: 'gives JSON to those who do not name event streams',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && !/text\/event-stream/i.test(request.fields.get('accept') ?? '')
          ? json(200)
          : undefined,
    },
    target: { dual: true },
  },
  {
    name: 'demands both types, as MCP does',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && !/json.*event-stream|event-stream.*json/i.test(request.fields.get('accept') ?? '')
          ? json(406)
          : undefined,
    },
    target: (url) => ({
      dual: true,
      stream: { url: `${url}/stream`, headers: { Accept: 'application/json, text/event-stream' } },
    }),
  },
  {
    name: 'streams to POST as well as to GET',
    behaviour: {
      answer: ({ target, method }, { streams, behaviour }) => {
        if (target !== '/stream' || method !== 'POST') return undefined;
        return streams.size < behaviour.maxStreams ? 'stream' : json(503, [['Retry-After', '5']]);
      },
    },
    target: (url) => ({
      stream: { url: `${url}/stream`, method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' },
    }),
  },
  {
    name: 'allows every origin, without credentials',
    behaviour: {
      streamFields: (fields) => withValue('Access-Control-Allow-Origin', '*')(withValue('Vary', undefined)(fields)),
    },
  },
  {
    name: 'allows one origin whoever asks',
    behaviour: {
      streamFields: (fields) =>
        withValue('Access-Control-Allow-Origin', 'http://app.example')(withValue('Vary', undefined)(fields)),
    },
  },
  {
    name: 'allows credentials to the origin that it names',
    behaviour: { streamFields: withValue('Access-Control-Allow-Credentials', 'true') },
  },
  {
    name: 'allows any field in a preflight and answers it at length',
    behaviour: {
      answer: ({ method }) =>
        method === 'OPTIONS' ? json(200, [['Access-Control-Allow-Headers', '*, Authorization']]) : undefined,
    },
  },
  {
    name: 'reads the fields of a preflight in lower case and sorted, as browsers send them',
    behaviour: {
      answer: ({ method, fields }) => {
        if (method !== 'OPTIONS') return undefined;
        const asked = (fields.get('access-control-request-headers') ?? '').split(',');
        const allowed = ['authorization', 'cache-control', 'last-event-id'];
        const isRead = asked.every((name, at) => allowed.includes(name) && (at === 0 || name > (asked[at - 1] ?? '')));
        return isRead ? undefined : { status: 204 };
      },
    },
  },
  {
    name: 'is meant for pages of its own origin and knows no CORS',
    behaviour: {
      streamFields: (fields) => fields.filter(([name]) => !/^(access-control-|vary)/i.test(name)),
      answer: ({ method }) => (method === 'OPTIONS' ? { status: 405, fields: [['Allow', 'GET']] } : undefined),
    },
    target: { origin: undefined },
  },
  {
    name: 'always allows an origin of which the target says nothing',
    behaviour: {
      streamFields: withValue('Access-Control-Allow-Origin', 'https://dashboard.example'),
      answer: ({ method }) => (method === 'OPTIONS' ? { status: 405, fields: [['Allow', 'GET']] } : undefined),
    },
    target: { origin: undefined },
  },
  {
    name: 'allows every origin and says that credentials are allowed, which an EventSource does not send',
    behaviour: {
      streamFields: (fields) =>
        withValue('Access-Control-Allow-Origin', '*')([...fields, ['Access-Control-Allow-Credentials', 'true']]),
      answer: ({ method }) =>
        method === 'OPTIONS'
          ? json(200, [
              ['Access-Control-Allow-Credentials', 'true'],
              ['Access-Control-Allow-Headers', '*, Authorization'],
            ])
          : undefined,
    },
    mayWarn: ['http/cors-response'],
    passes: ['http/cors-preflight'],
  },
  {
    name: 'says that 204 has no bytes',
    behaviour: {
      answer: ({ path, socket }) => {
        if (path !== '/gone') return undefined;
        socket.write('HTTP/1.1 204 No Content\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n');
        return 'no answer';
      },
    },
  },
  {
    name: 'refuses with a body that the end of the connection ends',
    behaviour: {
      answer: ({ query, socket }) => {
        if (query.get('topic') !== 'nowhere') return undefined;
        socket.end('HTTP/1.1 403 Forbidden\r\nAccess-Control-Allow-Origin: http://app.example\r\n\r\nno such topic');
        return 'no answer';
      },
    },
  },
  {
    name: 'opens its stream to who shows a credential, and says 404 to others',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && request.fields.get('authorization') !== 'Bearer token-of-alice'
          ? json(404)
          : undefined,
    },
    target: (url) => ({
      profile: ['live', 'resumable', 'private'],
      stream: { url: `${url}/stream`, headers: { Authorization: 'Bearer token-of-alice' } },
      refusedUrls: [],
    }),
    passes: ['http/refused-by-status'],
  },
  {
    name: 'knows its principal by a parameter, whatever Authorization says',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && request.query.get('token') !== 'of-alice' ? json(403) : undefined,
    },
    target: (url) => ({
      profile: ['live', 'resumable', 'private'],
      stream: { url: `${url}/stream?token=of-alice`, headers: { Authorization: 'Bearer token-of-a-proxy' } },
      refusedUrls: [],
    }),
    passes: ['http/refused-by-status'],
  },
  {
    name: 'wants its parameter once, filled and short, and gives JSON without it',
    behaviour: {
      answer: (request) => {
        if (!asksForStream(request)) return undefined;
        const [topic, ...more] = request.query.getAll('topic');
        if (topic === undefined) return json(200);
        return topic !== 'news' || more.length > 0 ? json(topic.length > 100 ? 414 : 422) : undefined;
      },
    },
    target: (url) => ({ stream: `${url}/stream?topic=news` }),
  },
  {
    name: 'gives lines of JSON without end to those who do not ask for events',
    behaviour: {
      answer: (request) => {
        if (!asksForStream(request) || request.query.get('format') === 'sse') return undefined;
        request.socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n{}\n');
        return 'no answer';
      },
    },
    target: (url) => ({ stream: `${url}/stream?format=sse`, refusedUrls: [] }),
    passes: ['http/refused-by-status'],
  },
  {
    name: 'takes 1.2 s once over the body of a refusal',
    behaviour: {
      answer: (request, server) => {
        if (!asksForStream(request) || request.query.get('topic') !== '') return undefined;
        if (haveRefused.has(server)) return json(422);
        haveRefused.add(server);
        request.socket.write('HTTP/1.1 422 Refused\r\nConnection: close\r\nContent-Length: 2\r\n\r\n');
        setTimeout(() => request.socket.end('{}'), 1200);
        return 'no answer';
      },
    },
    target: (url) => ({ stream: `${url}/stream?topic=news`, refusedUrls: [] }),
  },
  {
    name: 'ends each stream after 300 ms, as it says, whatever its parameter',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        const lifeMs = stream.request.query.get('topic') === 'news' ? 310 : 285;
        const timer = setTimeout(() => endPlainStream(stream, server), lifeMs);
        stream.socket.on('close', () => clearTimeout(timer));
      },
    },
    target: (url) => ({ stream: `${url}/stream?topic=news`, refusedUrls: [], lifetime: 300 }),
    passes: ['http/refused-by-status'],
  },
  {
    name: 'asks every fifth subscription to come back later',
    behaviour: {
      answer: (() => {
        let count = 0;
        return (request) => {
          if (asksForStream(request)) count += 1;
          return asksForStream(request) && count % 5 === 0 ? json(429, [['Retry-After', '1']]) : undefined;
        };
      })(),
    },
  },
];
