import type { Defect } from './judge-defect.ts';
import { endPlainStream, openPlainStream, type PlainStream, putOnWire, sendStreamHead } from './plain-server.ts';

const left = new WeakSet<PlainStream>();

/** Leaks fill the server up, so that streams are refused and some rules cannot be judged. */
export const cleanupDefects: readonly Defect[] = [
  {
    name: 'listens to the error of a connection and not to its close',
    behaviour: {
      open: (stream, server) => {
        stream.socket.once('error', () => left.add(stream));
        openPlainStream(stream, server);
      },
      gone: (stream, server) => {
        if (left.has(stream)) server.streams.delete(stream);
      },
    },
    breaks: 'cleanup/listener-removed',
    alsoBreaks: ['cleanup/left-during-setup', 'cleanup/non-subscriptions', 'cleanup/count-exact-after-churn'],
  },
  {
    name: 'listens to the end of a connection and not to its close',
    behaviour: {
      open: (stream, server) => {
        stream.socket.once('end', () => server.streams.delete(stream));
        openPlainStream(stream, server);
      },
      gone: () => undefined,
    },
    breaks: 'cleanup/listener-removed',
    alsoBreaks: ['cleanup/left-during-setup', 'cleanup/non-subscriptions', 'cleanup/count-exact-after-churn'],
  },
  {
    name: 'tells no count, and holds the connection of a client that has closed its side until a write fails',
    behaviour: { halfOpen: true, heartbeat: '' },
    target: { stats: undefined },
    breaks: 'cleanup/listener-removed',
    verdict: 'warn',
    alsoBreaks: ['cleanup/left-during-setup', 'delivery/idle-heartbeat'],
  },
  {
    name: 'registers a stream after a moment without looking whether its client is still there',
    behaviour: { open: (stream, server) => void setTimeout(() => openPlainStream(stream, server), 15) },
    breaks: 'cleanup/left-during-setup',
  },
  {
    name: 'opens a stream for HEAD that nobody ends',
    behaviour: {
      answer: ({ method, path }) => (method === 'HEAD' && path === '/stream' ? 'stream' : undefined),
      open: (stream, server) => {
        if (stream.request.method !== 'HEAD') openPlainStream(stream, server);
        else {
          sendStreamHead(stream, server.behaviour);
          server.streams.add(stream);
        }
      },
      write: (bytes, stream) => {
        if (stream.request.method !== 'HEAD') putOnWire(bytes, stream);
      },
      gone: (stream, server) => {
        if (stream.request.method !== 'HEAD') server.streams.delete(stream);
      },
    },
    breaks: 'cleanup/non-subscriptions',
  },
  {
    name: 'registers a listener before it refuses an unknown topic',
    behaviour: {
      answer: (request, server) => {
        if (request.path === '/stream' && request.query.has('topic')) {
          server.streams.add({ socket: request.socket, chunked: true, request });
        }
        return undefined;
      },
      write: (bytes, stream) => {
        if (!stream.request.query.has('topic')) putOnWire(bytes, stream);
      },
    },
    breaks: 'cleanup/non-subscriptions',
  },
  {
    name: 'ends each stream in the tick it began, and registers it only then',
    behaviour: {
      // Other kinds of requests would open such streams too, and tell of it before.
      answer: ({ path, fields }) =>
        path === '/stream' && (fields.get('accept') === 'application/json' || fields.has('x-padding'))
          ? { status: 406 }
          : undefined,
      open: (stream, server) => {
        openPlainStream(stream, server);
        endPlainStream(stream, server);
        server.streams.add(stream);
      },
      gone: () => undefined,
      write: (bytes, stream) => {
        if (stream.socket.writable) putOnWire(bytes, stream);
      },
    },
    target: { profile: ['finite'], replay: undefined },
    breaks: 'cleanup/non-subscriptions',
    alsoBreaks: ['cleanup/listener-removed', 'cleanup/left-during-setup', 'cleanup/count-exact-after-churn'],
  },
];
