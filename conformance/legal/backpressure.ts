import { type PlainStream, putOnWire } from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

const queues = new WeakMap<PlainStream, Uint8Array[]>();
const latest = new WeakMap<PlainStream, Uint8Array>();

/** Servers that deal with slow readers and many events in an unusual manner, and right. */
export const legalBackpressure: readonly LegalVariant[] = [
  {
    name: 'keeps everything for a slow reader',
    behaviour: { deliver: (frame, stream, { behaviour }) => behaviour.write(frame, stream) },
    target: { slowPolicy: 'buffer' },
  },
  {
    name: 'sends a slow reader only the latest event, once it reads again',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        const { socket } = stream;
        if (socket.writableLength < 64 * 1024) {
          behaviour.write(frame, stream);
          return;
        }
        if (!latest.has(stream)) {
          socket.once('drain', () => {
            const newest = latest.get(stream);
            latest.delete(stream);
            if (newest) behaviour.write(newest, stream);
          });
        }
        latest.set(stream, frame);
      },
    },
  },
  {
    name: 'drops what is beyond a queue of four events per stream',
    behaviour: {
      deliver: (frame, stream) => {
        const queue = queues.get(stream);
        if (queue === undefined) {
          queues.set(stream, [frame]);
          setImmediate(() => {
            for (const one of queues.get(stream) ?? []) putOnWire(one, stream);
            queues.delete(stream);
          });
        } else if (queue.length < 4) queue.push(frame);
      },
    },
  },
  {
    name: 'takes its time to answer a publisher, whoever reads',
    behaviour: {
      answer: ({ path, method, socket, body }, server) => {
        if (path !== '/publish' || method !== 'POST') return undefined;
        const event = JSON.parse(body);
        if (server.behaviour.refuse(event, server) !== undefined) return undefined;
        const identified = server.behaviour.identify(event, server);
        server.log.push(identified);
        server.broadcast(identified);
        setTimeout(() => socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}'), 3);
        return 'no answer';
      },
    },
  },
  {
    name: 'has room for thirty streams',
    behaviour: { maxStreams: 30 },
    target: { capacity: 30 },
    passes: ['backpressure/idle-streams-answered'],
  },
  {
    name: 'has room for three hundred streams, most of which others hold',
    behaviour: {
      maxStreams: 20,
      answer: ({ path }, { streams }) =>
        path === '/stats' ? { status: 200, body: JSON.stringify({ openStreams: streams.size + 280 }) } : undefined,
    },
    passes: ['backpressure/idle-streams-answered'],
  },
  {
    name: 'asks every fifth subscription to come back later',
    behaviour: {
      answer: (() => {
        let count = 0;
        return ({ path, method }) => {
          if (path !== '/stream' || method !== 'GET') return undefined;
          count += 1;
          return count % 5 === 0 ? { status: 503, fields: [['Retry-After', '1']] } : undefined;
        };
      })(),
    },
    passes: ['backpressure/idle-streams-answered'],
  },
];
