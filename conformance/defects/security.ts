import type { Defect } from './judge-defect.ts';
import {
  correctBehaviour,
  endPlainStream,
  openPlainStream,
  type PlainAnswer,
  type PlainEvent,
  type PlainRequest,
  type PlainServer,
  putOnWire,
  refusePlainEvent,
  sendStreamHead,
} from './plain-server.ts';

/** Looks over everything in an event but its type. */
function refuseAllButType({ event: _, ...rest }: PlainEvent, server: PlainServer): string | undefined {
  return refusePlainEvent(rest, server);
}

function lastEventIdOf({ fields }: PlainRequest): string {
  return fields.get('last-event-id') ?? '';
}

/** An answer to anything that the server knows nothing of. */
function toUnknownPaths(body: string, status = 404): (request: PlainRequest) => PlainAnswer | undefined {
  const known = ['/stream', '/publish', '/stats', '/gone'];
  return ({ path }) => (known.includes(path) ? undefined : { status, fields: [['Content-Type', 'text/plain']], body });
}

/** CORS with credentials for every origin that the test lets through. */
function corsFor(admits: (origin: string) => boolean): Partial<Defect['behaviour']> {
  return {
    streamFields: (fields, request) => {
      const origin = request.fields.get('origin');
      if (origin === undefined || !admits(origin)) return fields;
      const others = fields.filter(([name]) => !name.startsWith('Access-Control-'));
      return [...others, ['Access-Control-Allow-Origin', origin], ['Access-Control-Allow-Credentials', 'true']];
    },
  };
}

const injectionDefects: readonly Defect[] = [
  {
    name: 'writes event names as they come',
    behaviour: { refuse: refuseAllButType },
    breaks: 'security/event-name-injection',
  },
  {
    name: 'looks for LF in event names and forgets CR',
    behaviour: {
      refuse: (event, server) =>
        event.event?.includes('\n') ? 'event has a line feed' : refuseAllButType(event, server),
    },
    breaks: 'security/event-name-injection',
  },
  {
    name: 'takes the first line break out of an event name',
    behaviour: {
      refuse: refuseAllButType,
      encode: (event) =>
        correctBehaviour.encode({ ...event, event: (event.event ?? 'message').replace(/\r\n|\r|\n/, ' ') }),
    },
    breaks: 'security/event-name-injection',
  },
  {
    name: 'takes an event name with a line break and ends all streams where it comes to write it',
    behaviour: {
      refuse: refuseAllButType,
      identify: (event, server) => {
        if (!/[\r\n]/.test(event.event ?? '')) return correctBehaviour.identify(event, server);
        for (const { socket } of server.streams) socket.destroy();
        return correctBehaviour.identify({ ...event, event: 'broken' }, server);
      },
    },
    breaks: 'security/event-name-injection',
  },
  {
    name: 'writes ids as they come',
    behaviour: {
      refuse: ({ id, ...event }, server) =>
        refusePlainEvent(id === undefined ? event : { ...event, id: id.replaceAll(/[\r\n]/g, '~') }, server),
    },
    breaks: 'security/field-injection',
  },
  {
    name: 'reads the number at the start of retry and writes all of it',
    behaviour: {
      refuse: ({ retry, ...event }, server) =>
        Number.isNaN(Number.parseInt(String(retry ?? 1), 10)) || /^[-+\s]|^[^\r\n]*[^\d\r\n]/.test(String(retry ?? 1))
          ? 'retry is no number'
          : refusePlainEvent(event, server),
    },
    breaks: 'security/field-injection',
    alsoBreaks: ['framing/retry-digits'],
  },
];

const requestDefects: readonly Defect[] = [
  {
    name: 'repeats the resume parameter in a header',
    behaviour: {
      streamFields: (fields, { query }) => [...fields, ['X-Resumed-After', query.get('lastEventId') ?? '']],
    },
    breaks: 'security/request-reflection',
  },
  {
    name: 'greets with the resume parameter in a comment',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        putOnWire(Buffer.from(`: after ${stream.request.query.get('last_event_id') ?? 'nothing'}\n\n`), stream);
      },
    },
    breaks: 'security/request-reflection',
  },
  {
    name: 'decodes Last-Event-ID and sends it back',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        putOnWire(Buffer.from(`: after ${unescape(lastEventIdOf(stream.request))}\n\n`), stream);
      },
    },
    breaks: 'security/request-reflection',
  },
  {
    name: 'redirects unknown paths and keeps the low byte of each character',
    behaviour: {
      answer: ({ path, query }) => {
        if (!path.startsWith('/stream/')) return undefined;
        const lowBytes = Array.from(decodeURIComponent(path), (character) =>
          String.fromCharCode(character.charCodeAt(0) & 0xff),
        );
        return { status: 302, fields: [['Location', `/other${lowBytes.join('')}${query.get('x') ?? ''}`]] };
      },
    },
    breaks: 'security/request-reflection',
  },
  {
    name: 'decodes Last-Event-ID as a URL component and does not catch what that throws',
    behaviour: {
      answer: (request) => {
        try {
          decodeURIComponent(lastEventIdOf(request));
          return undefined;
        } catch {
          return { status: 500, body: 'something went wrong' };
        }
      },
    },
    breaks: 'security/hostile-last-event-id',
  },
  {
    name: 'drops the connection where Last-Event-ID is not UTF-8',
    behaviour: {
      answer: (request) => {
        if (!lastEventIdOf(request).includes('\ufffd')) return undefined;
        request.socket.destroy();
        return 'no answer';
      },
    },
    breaks: 'security/hostile-last-event-id',
  },
  {
    name: 'ends the stream where Last-Event-ID reads like a pattern',
    behaviour: {
      open: (stream, server) => {
        if (!/[*$]/.test(lastEventIdOf(stream.request))) {
          openPlainStream(stream, server);
          return;
        }
        sendStreamHead(stream, server.behaviour);
        endPlainStream(stream, server);
      },
    },
    breaks: 'security/hostile-last-event-id',
  },
  {
    name: 'restarts all streams where Last-Event-ID is a negative number',
    behaviour: {
      answer: (request, server) => {
        if (/^-\d+$/.test(lastEventIdOf(request))) for (const { socket } of server.streams) socket.destroy();
        return undefined;
      },
    },
    breaks: 'security/hostile-last-event-id',
  },
  {
    name: 'fails on a header above 16 KiB',
    behaviour: {
      maxHeadBytes: 128 * 1024,
      answer: (request) => (lastEventIdOf(request).length > 16_384 ? { status: 500 } : undefined),
    },
    breaks: 'security/oversized-header',
  },
  {
    name: 'leaves a header above 64 KiB without an answer',
    behaviour: {
      maxHeadBytes: 2 * 1024 * 1024,
      answer: (request) => (lastEventIdOf(request).length > 65_536 ? 'no answer' : undefined),
    },
    breaks: 'security/oversized-header',
  },
];

/** What a server does with a subscription when it is full. */
function whenFull(
  then: (request: PlainRequest, server: PlainServer) => PlainAnswer | 'no answer' | 'stream',
): Partial<Defect['behaviour']> {
  return {
    answer: (request, server) =>
      request.path === '/stream' && request.method === 'GET' && server.streams.size >= 300
        ? then(request, server)
        : undefined,
  };
}

const limitDefects: readonly Defect[] = [
  {
    name: 'never refuses a stream',
    behaviour: { maxStreams: Number.POSITIVE_INFINITY },
    breaks: 'security/connection-limit',
  },
  {
    name: 'does not say when to come back',
    behaviour: whenFull(() => ({ status: 503, body: 'too many streams' })),
    breaks: 'security/connection-limit',
  },
  {
    name: 'answers 500 when it is full',
    behaviour: whenFull(() => ({ status: 500, body: 'too many streams' })),
    breaks: 'security/connection-limit',
  },
  {
    name: 'drops new connections when it is full',
    behaviour: whenFull(({ socket }) => {
      socket.destroy();
      return 'no answer';
    }),
    breaks: 'security/connection-limit',
  },
  {
    name: 'drops the streams it has when another one is refused',
    behaviour: whenFull((_, { streams }) => {
      for (const { socket } of streams) socket.destroy();
      return { status: 503, fields: [['Retry-After', '5']], body: 'too many streams' };
    }),
    breaks: 'security/connection-limit',
  },
  {
    name: 'goes silent once it has refused a stream',
    behaviour: {
      ...whenFull((_, { streams }) => {
        streams.clear();
        return { status: 503, fields: [['Retry-After', '5']], body: 'too many streams' };
      }),
    },
    breaks: 'security/connection-limit',
  },
];

const stackOfJavaScript = `Error: no route for GET
    at next (/srv/app/node_modules/router/index.js:157:13)
    at /srv/app/server.js:41:5`;

const errorDefects: readonly Defect[] = [
  {
    name: 'answers an unknown path with a stack trace of Node',
    behaviour: { answer: toUnknownPaths(stackOfJavaScript) },
    breaks: 'security/errors-tell-nothing',
  },
  {
    name: 'answers an unknown path with the query that found nothing',
    behaviour: { answer: toUnknownPaths("no row: SELECT id, body FROM events WHERE topic = ''") },
    breaks: 'security/errors-tell-nothing',
  },
  {
    name: 'tells which file it did not find in an event named error',
    behaviour: {
      greeting: "event: error\ndata: ENOENT: no such file or directory, open '/var/lib/events/17.log'\n\n",
    },
    breaks: 'security/errors-tell-nothing',
    alsoBreaks: ['framing/reserved-event-names'],
  },
];

const originDefects: readonly Defect[] = [
  {
    name: 'allows whatever origin asks, with credentials',
    behaviour: corsFor(() => true),
    breaks: 'security/arbitrary-origin',
    alsoBreaks: ['http/cors-response'],
  },
  {
    name: 'allows the origin null',
    behaviour: corsFor((origin) => origin === 'null'),
    breaks: 'security/arbitrary-origin',
    alsoBreaks: ['http/cors-response'],
  },
  {
    name: 'compares the end of the origin',
    behaviour: corsFor((origin) => origin.endsWith('app.example')),
    breaks: 'security/arbitrary-origin',
    alsoBreaks: ['http/cors-response'],
  },
  {
    name: 'compares the start of the origin',
    behaviour: corsFor((origin) => origin.startsWith('http://app.example')),
    breaks: 'security/arbitrary-origin',
    alsoBreaks: ['http/cors-response'],
  },
];

export const securityDefects: readonly Defect[] = [
  ...injectionDefects,
  ...requestDefects,
  ...limitDefects,
  ...errorDefects,
  ...originDefects,
];
