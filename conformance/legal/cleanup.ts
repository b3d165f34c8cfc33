import { shortBounds } from '../defects/judge-defect.ts';
import {
  endPlainStream,
  openPlainStream,
  type PlainServer,
  type PlainStream,
  putOnWire,
} from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

const homes = new WeakMap<PlainStream, PlainServer>();
const failed = new WeakMap<PlainStream, number>();

/** A stack that learns of a loss only from writes that fail. */
function noticesAtWrite(which: number): Pick<LegalVariant['behaviour'], 'open' | 'gone' | 'write'> {
  return {
    open: (stream, server) => {
      homes.set(stream, server);
      openPlainStream(stream, server);
    },
    gone: () => undefined,
    write: (bytes, stream) => {
      putOnWire(bytes, stream);
      if (!stream.socket.destroyed) return;
      failed.set(stream, (failed.get(stream) ?? 0) + 1);
      if ((failed.get(stream) ?? 0) >= which) homes.get(stream)?.streams.delete(stream);
    },
  };
}

const cleanupRules = ['cleanup/listener-removed', 'cleanup/left-during-setup', 'cleanup/non-subscriptions'];

const firstAskedAtMs = new WeakMap<PlainServer, number>();

/** Other clients that a server has by now: one more each time, and all of them stay. */
function otherClients(server: PlainServer, everyMs: number): number {
  const sinceMs = firstAskedAtMs.get(server) ?? performance.now();
  firstAskedAtMs.set(server, sinceMs);
  return Math.floor((performance.now() - sinceMs) / everyMs);
}

/** Servers that clean up in an unusual manner, and right. */
export const legalCleanup: readonly LegalVariant[] = [
  {
    name: 'has other clients, one more of them every 40 ms, who stay',
    behaviour: {
      answer: ({ path }, server) =>
        path === '/stats'
          ? { status: 200, body: JSON.stringify({ openStreams: server.streams.size + otherClients(server, 40) }) }
          : undefined,
    },
    target: { bounds: { ...shortBounds, gone: 250 } },
  },
  {
    name: 'learns that a client has left when its heartbeat cannot be written',
    behaviour: { ...noticesAtWrite(1), heartbeatMs: 800 },
    target: { bounds: { ...shortBounds, gone: 250 } },
    mayWarn: cleanupRules,
  },
  {
    name: 'learns that a client has left from the third heartbeat that cannot be written',
    behaviour: { ...noticesAtWrite(3), heartbeatMs: 500 },
    target: { bounds: { ...shortBounds, gone: 250 } },
    mayWarn: cleanupRules,
  },
  {
    name: 'tells no count, so that the sockets of the kernel stand in for it',
    behaviour: {},
    target: { stats: undefined },
  },
  {
    name: 'takes 150 ms to let a client go',
    behaviour: { gone: (stream, { streams }) => void setTimeout(() => streams.delete(stream), 150) },
  },
  {
    name: 'refuses to send anything but events',
    behaviour: {
      answer: ({ path, fields }) =>
        path === '/stream' && fields.get('accept') === 'application/json' ? { status: 406 } : undefined,
    },
  },
  {
    name: 'ends each stream in the tick it began',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        endPlainStream(stream, server);
      },
    },
    target: { profile: ['finite'], replay: undefined },
    passes: ['cleanup/non-subscriptions'],
  },
  {
    name: 'ends each stream in the tick it began, and forgets it 150 ms later',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        endPlainStream(stream, server);
        server.streams.add(stream);
        setTimeout(() => server.streams.delete(stream), 150);
      },
      gone: () => undefined,
      write: (bytes, stream) => {
        if (stream.socket.writable) putOnWire(bytes, stream);
      },
    },
    target: { profile: ['finite'], replay: undefined },
    passes: ['cleanup/non-subscriptions'],
  },
];
