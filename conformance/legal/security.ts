import {
  correctBehaviour,
  encodePlainEvent,
  endPlainStream,
  openPlainStream,
  type PlainEvent,
  type PlainRequest,
  type PlainServer,
  putOnWire,
  refusePlainEvent,
} from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

/** A server that takes any event type and id, and makes one line of each in its own way. */
function neutralises(oneLine: (text: string) => string): LegalVariant['behaviour'] {
  return {
    refuse: ({ event: _, id, ...rest }, server) =>
      refusePlainEvent(id === undefined ? rest : { ...rest, id: oneLine(id).replaceAll('\0', '~') }, server),
    identify: (event, { log }) => ({
      ...event,
      ...(event.event === undefined ? {} : { event: oneLine(event.event) }),
      id: event.id === undefined ? `auto-${log.length + 1}` : oneLine(event.id).replaceAll('\0', ''),
    }),
  };
}

function lastEventIdOf({ fields }: PlainRequest): string {
  return fields.get('last-event-id') ?? '';
}

/** Answers to what is neither the stream nor a side call. */
function elsewhere(answer: (request: PlainRequest) => { type: string; body: string }): LegalVariant['behaviour'] {
  return {
    answer: (request) => {
      if (['/stream', '/publish', '/stats', '/gone'].includes(request.path)) return undefined;
      const { type, body } = answer(request);
      return { status: 404, fields: [['Content-Type', type]], body };
    },
  };
}

const withoutOwnNames = ({ data, retry }: PlainEvent): PlainEvent => ({
  data,
  ...(retry === undefined ? {} : { retry }),
});

const neutralising: readonly LegalVariant[] = [
  {
    name: 'puts a space in place of each line break in event types and ids',
    behaviour: neutralises((text) => text.replace(/\r\n|\r|\n/g, ' ')),
  },
  {
    name: 'cuts event types and ids at the first line break',
    behaviour: neutralises((text) => text.split(/[\r\n]/, 1)[0] ?? ''),
  },
  {
    name: 'takes line breaks out of event types and ids',
    behaviour: neutralises((text) => text.replace(/[\r\n]/g, '')),
  },
  {
    name: 'keeps what follows the last line break of an event type or id',
    behaviour: neutralises((text) => text.split(/[\r\n]/).at(-1) ?? ''),
  },
  {
    name: 'accepts an event whose type or id has a line break, and sends nothing',
    behaviour: {
      ...neutralises((text) => text.replace(/[\r\n]/g, '~')),
      identify: correctBehaviour.identify,
      encode: (event) => (/[\r\n\0]/.test(`${event.event}${event.id}`) ? '' : encodePlainEvent(event)),
      replay: (lastEventId, server) =>
        correctBehaviour.replay(lastEventId, server).filter(({ id }) => !/[\r\n\0]/.test(`${id}`)),
    },
  },
  {
    name: 'refuses every id that a publisher brings',
    behaviour: {
      refuse: (event, server) => (event.id === undefined ? refusePlainEvent(event, server) : 'ids are ours to give'),
    },
  },
  {
    name: 'gives types, ids and reconnection times of its own',
    behaviour: {
      refuse: ({ data }, server) => refusePlainEvent({ data }, server),
      identify: (event, { log }) => ({ ...withoutOwnNames(event), id: `auto-${log.length + 1}` }),
      encode: ({ retry: _, ...event }) => encodePlainEvent({ ...event, event: 'news' }),
    },
  },
  {
    name: 'rounds the reconnection time to a whole number',
    behaviour: {
      refuse: ({ retry: _, ...event }, server) => refusePlainEvent(event, server),
      encode: ({ retry, ...event }) => {
        const delayMs = Math.round(Number.parseFloat(String(retry)));
        return encodePlainEvent(delayMs >= 0 && delayMs <= 600_000 ? { ...event, retry: delayMs } : event);
      },
    },
  },
];

const requests: readonly LegalVariant[] = [
  {
    name: 'repeats the resume parameters as data, line by line',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        const said = stream.request.query.get('lastEventId') ?? stream.request.query.get('last_event_id');
        if (said !== null) putOnWire(Buffer.from(encodePlainEvent({ data: said, event: 'resumed' })), stream);
      },
    },
  },
  {
    name: 'repeats the resume parameters in a header, percent-encoded',
    behaviour: {
      streamFields: (fields, { query }) => [
        ...fields,
        ['X-Resumed-After', encodeURIComponent(query.get('lastEventId') ?? '')],
      ],
    },
  },
  {
    name: 'answers 400 to a Last-Event-ID with other than letters, digits and hyphens',
    behaviour: {
      answer: (request) =>
        /^[\w-]*$/.test(lastEventIdOf(request)) ? undefined : { status: 400, body: 'this is no id of ours' },
    },
    // It takes such ids from publishers.
    mayWarn: ['reconnect/header-safe-ids'],
  },
  {
    name: 'drops the connection at once where a header is oversized',
    behaviour: {
      maxHeadBytes: 20 * 1024 * 1024,
      answer: (request) => {
        if (lastEventIdOf(request).length <= 16_384) return undefined;
        request.socket.resetAndDestroy();
        return 'no answer';
      },
    },
  },
  { name: 'reads a header of any size', behaviour: { maxHeadBytes: Number.POSITIVE_INFINITY } },
  {
    name: 'says 413 in place of 431',
    behaviour: {
      maxHeadBytes: 20 * 1024 * 1024,
      answer: (request) => (lastEventIdOf(request).length > 4000 ? { status: 413 } : undefined),
    },
  },
];

const resumptions = new WeakMap<PlainServer, number>();

const limits: readonly LegalVariant[] = [
  {
    name: 'refuses streams with 429 when it is full',
    behaviour: {
      answer: ({ path, method }, { streams }) =>
        path === '/stream' && method === 'GET' && streams.size >= 300
          ? { status: 429, fields: [['Retry-After', '30']] }
          : undefined,
    },
  },
  {
    name: 'asks two of ten clients that resume to come back later, as a replay costs more',
    behaviour: {
      answer: (request, server) => {
        if (request.path !== '/stream' || lastEventIdOf(request) === '') return undefined;
        const count = resumptions.get(server) ?? 0;
        resumptions.set(server, count + 1);
        return count % 10 < 2 ? { status: 503, fields: [['Retry-After', '1']] } : undefined;
      },
    },
  },
  {
    name: 'has room for more than it could be filled with',
    behaviour: { maxStreams: Number.POSITIVE_INFINITY },
    target: { capacity: undefined },
    mayWarn: ['security/connection-limit'],
  },
];

const errors: readonly LegalVariant[] = [
  {
    name: 'repeats method and path in an error, as Express does',
    behaviour: elsewhere(({ method, target }) => ({
      type: 'text/html',
      body: `<pre>Cannot ${method} ${decodeURI(target.replaceAll('%', '%25'))}</pre>`,
    })),
  },
  {
    name: 'has a page for errors with scripts and links in it',
    behaviour: elsewhere(() => ({
      type: 'text/html',
      body: '<script src="/app/main.js"></script><a href=\'/home/help.php\'>Help</a> Please select a page from the list.',
    })),
  },
  {
    name: 'gives a trace id and a link with an error',
    behaviour: elsewhere(({ path }) => ({
      type: 'application/problem+json',
      body: JSON.stringify({
        status: 404,
        instance: path,
        trace: '0x4bf92f3577b34da6',
        docs: 'https://docs.example/app/errors',
      }),
    })),
  },
];

const origins: readonly LegalVariant[] = [
  {
    name: 'lets the subdomains and ports of its origin in, with credentials',
    behaviour: {
      streamFields: (fields, request) => {
        const origin = request.fields.get('origin') ?? '';
        if (!/^https?:\/\/([\w-]+\.)*app\.example(:\d+)?$/.test(origin)) return fields;
        const others = fields.filter(([name]) => !name.startsWith('Access-Control-'));
        return [...others, ['Access-Control-Allow-Origin', origin], ['Access-Control-Allow-Credentials', 'true']];
      },
    },
  },
  {
    name: 'lets every origin in without credentials',
    behaviour: {
      streamFields: (fields) => {
        const others = fields.filter(([name]) => !name.startsWith('Access-Control-') && name !== 'Vary');
        return [...others, ['Access-Control-Allow-Origin', '*']];
      },
    },
  },
];

export const oneStreamAClient: LegalVariant = {
  name: "ends a client's older stream for its newer one",
  behaviour: {
    open: (stream, server) => {
      for (const older of server.streams) endPlainStream(older, server);
      openPlainStream(stream, server);
    },
  },
  // Rules that hold several streams at once have nothing to judge there.
  passes: ['security/hostile-last-event-id', 'security/oversized-header'],
};

export const legalSecurity: readonly LegalVariant[] = [
  ...neutralising,
  ...requests,
  ...limits,
  ...errors,
  ...origins,
  oneStreamAClient,
];
