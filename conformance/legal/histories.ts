import {
  encodePlainEvent,
  openPlainStream,
  type PlainEvent,
  type PlainServer,
  type PlainStream,
  putOnWire,
} from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

const queued = new WeakMap<PlainStream, number>();
const readings = new WeakMap<PlainServer, { atMs: number; count: number }[]>();

/** Whether a stream's queue has no place for another event; it is emptied in the next turn of the event loop. */
function isFull(stream: PlainStream): boolean {
  const waiting = (queued.get(stream) ?? 0) + 1;
  if (waiting > 8) return true;
  queued.set(stream, waiting);
  setImmediate(() => queued.set(stream, (queued.get(stream) ?? 1) - 1));
  return false;
}

/** The latest events as a new client gets them, whatever it asks for. */
function latest({ log }: PlainServer): readonly PlainEvent[] {
  return log.slice(-3);
}

/** Servers that keep a promise of their own over any history. */
export const legalHistories: readonly LegalVariant[] = [
  {
    name: 'drops events for a client that has eight of them waiting, which ids with a gap show',
    behaviour: {
      deliver: (frame, stream) => {
        if (!isFull(stream)) putOnWire(frame, stream);
      },
    },
    target: { slowPolicy: 'drop' },
  },
  {
    name: 'ends the stream of a client that has eight events waiting',
    behaviour: {
      deliver: (frame, stream) => {
        if (isFull(stream)) stream.socket.destroy();
        else putOnWire(frame, stream);
      },
    },
    target: { slowPolicy: 'disconnect' },
  },
  {
    name: 'has no ids and replays nothing',
    behaviour: { encode: ({ id: _, ...event }) => encodePlainEvent(event), replay: () => [] },
    target: { profile: ['live', 'browser'], replay: undefined },
    mayWarn: ['delivery/type-and-id-arrive', 'backpressure/loss-noticeable'],
  },
  {
    name: 'begins each fresh stream with the latest events, one of them perhaps twice',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        if ((stream.request.fields.get('last-event-id') ?? '') !== '') return;
        const initial = latest(server);
        setTimeout(() => {
          for (const event of initial) putOnWire(Buffer.from(encodePlainEvent(event)), stream);
        }, 1);
      },
    },
    target: { firstConnection: undefined },
  },
  {
    name: 'begins each fresh stream with the latest events, behind the first live ones where an empty id is read first',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        const id = stream.request.fields.get('last-event-id');
        if (id) return;
        const initial = latest(server);
        setTimeout(
          () => {
            for (const event of initial) putOnWire(Buffer.from(encodePlainEvent(event)), stream);
          },
          id === undefined ? 1 : 30,
        );
      },
    },
    target: { firstConnection: undefined },
  },
  {
    name: 'sends its heartbeat as an event, the first one at once',
    behaviour: { greeting: 'event: heartbeat\ndata: {}\n\n', heartbeat: 'event: heartbeat\ndata: {}\n\n' },
    target: { heartbeatEvent: 'heartbeat' },
    mayWarn: ['delivery/heartbeat-is-comment'],
  },
  {
    name: 'tells its count as it was half a second ago',
    behaviour: {
      answer: ({ path }, server) => {
        if (path !== '/stats') return undefined;
        const now = performance.now();
        const past = readings.get(server) ?? [{ atMs: 0, count: 0 }];
        readings.set(server, past);
        const then = past.findLast(({ atMs }) => atMs <= now - 500) ?? { count: 0 };
        return { status: 200, body: JSON.stringify({ openStreams: then.count }) };
      },
      open: (stream, server) => {
        openPlainStream(stream, server);
        noteCount(server);
      },
      gone: (stream, server) => {
        server.streams.delete(stream);
        noteCount(server);
      },
    },
  },
];

function noteCount(server: PlainServer): void {
  const past = readings.get(server) ?? [{ atMs: 0, count: 0 }];
  readings.set(server, past);
  past.push({ atMs: performance.now(), count: server.streams.size });
}
