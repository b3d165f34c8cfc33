import type { Defect } from './judge-defect.ts';
import {
  encodePlainEvent,
  openPlainStream,
  type PlainAnswer,
  type PlainEvent,
  type PlainRequest,
  type PlainServer,
  type PlainStream,
  putOnWire,
  sendStreamHead,
} from './plain-server.ts';

const stalled = new WeakSet<PlainStream>();
/** What waits for the response of a listener to begin. */
const joining = new WeakMap<PlainStream, Uint8Array[]>();
const recent = new WeakMap<PlainServer, { atMs: number; event: PlainEvent }[]>();
const counters = new WeakMap<PlainServer, number>();

function count(server: PlainServer, by: number): number {
  const next = (counters.get(server) ?? 0) + by;
  counters.set(server, next);
  return next;
}

/** Answers `/stats` with a count that is kept by hand. */
function counter({ path }: PlainRequest, server: PlainServer): PlainAnswer | undefined {
  if (path !== '/stats') return undefined;
  return {
    status: 200,
    fields: [['Content-Type', 'application/json']],
    body: JSON.stringify({ openStreams: count(server, 0) }),
  };
}

/** Shows only when buffers are full, which takes more events than a quick run publishes. */
export const leaksStalledClients: Defect = {
  name: 'forgets to let go of a client that leaves while something is buffered for it',
  behaviour: {
    open: (stream, server) => {
      stream.socket.on('drain', () => stalled.delete(stream));
      openPlainStream(stream, server);
    },
    write: (bytes, stream) => {
      putOnWire(bytes, stream);
      if (stream.socket.writableLength > 64 * 1024) stalled.add(stream);
    },
    gone: (stream, server) => {
      if (!stalled.has(stream)) server.streams.delete(stream);
    },
  },
  breaks: 'cleanup/count-exact-after-churn',
};

/** What goes wrong only after several things in a row, or beside one another. */
export const historyDefects: readonly Defect[] = [
  {
    name: 'counts a resumed stream out twice when its connection fails, once for the error and once for the close',
    behaviour: {
      answer: counter,
      open: (stream, server) => {
        count(server, 1);
        if (stream.request.fields.has('last-event-id')) stream.socket.once('error', () => count(server, -1));
        openPlainStream(stream, server);
      },
      gone: (stream, server) => {
        count(server, -1);
        server.streams.delete(stream);
      },
    },
    breaks: 'cleanup/count-exact-after-churn',
  },
  {
    name: 'reads what a client missed, and makes it a listener a moment later',
    behaviour: {
      open: (stream, server) => {
        const lastEventId = stream.request.fields.get('last-event-id') ?? '';
        if (lastEventId === '') {
          openPlainStream(stream, server);
          return;
        }
        const missed = server.behaviour.replay(lastEventId, server);
        sendStreamHead(stream, server.behaviour);
        setTimeout(() => {
          if (stream.socket.destroyed) return;
          for (const event of missed) putOnWire(Buffer.from(encodePlainEvent(event)), stream);
          server.streams.add(stream);
        }, 5);
      },
    },
    breaks: 'delivery/any-history',
    alsoBreaks: ['reconnect/seamless-replay'],
  },
  {
    name: 'makes a client a listener, and sends it what was published since as well once its response begins',
    behaviour: {
      identify: (event, server) => {
        const identified = { ...event, id: event.id ?? `auto-${server.log.length + 1}` };
        const events = recent.get(server) ?? [];
        recent.set(server, events);
        events.push({ atMs: performance.now(), event: identified });
        return identified;
      },
      open: (stream, server) => {
        const sinceMs = performance.now();
        const queue: Uint8Array[] = [];
        joining.set(stream, queue);
        server.streams.add(stream);
        setTimeout(() => {
          if (stream.socket.destroyed) return;
          const since = (recent.get(server) ?? []).filter(({ atMs }) => atMs >= sinceMs);
          joining.delete(stream);
          openPlainStream(stream, server);
          for (const { event } of since) putOnWire(Buffer.from(encodePlainEvent(event)), stream);
          for (const frame of queue) putOnWire(frame, stream);
        }, 5);
      },
      write: (bytes, stream) => {
        const queue = joining.get(stream);
        if (queue) queue.push(bytes);
        else putOnWire(bytes, stream);
      },
    },
    breaks: 'delivery/any-history',
    alsoBreaks: ['reconnect/seamless-replay'],
  },
];
