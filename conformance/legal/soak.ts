import { stallBounds } from '../defects/judge-defect.ts';
import {
  encodePlainEvent,
  endPlainStream,
  openPlainStream,
  type PlainServer,
  type PlainStream,
  refusePlainEvent,
} from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

const mib = 1024 * 1024;
const backlogs = new WeakMap<PlainStream, Uint8Array[]>();
const missed = new WeakMap<PlainStream, number>();

/** Sends what waits for a reader, half a mebibyte in a second. */
function sendSlowly(waiting: Uint8Array[], stream: PlainStream, { behaviour }: PlainServer): void {
  backlogs.set(stream, waiting);
  const timer = setInterval(() => {
    const { destroyed, writableLength } = stream.socket;
    const next = writableLength < 64 * 1024 ? waiting.shift() : undefined;
    if (next) behaviour.write(next, stream);
    if (waiting.length > 0 && !destroyed) return;
    clearInterval(timer);
    backlogs.delete(stream);
  }, 100);
}

/** Delivers where less than this waits for the reader, else does something about it. */
function whereRoom(bytes: number, otherwise: (stream: PlainStream) => void): LegalVariant['behaviour'] {
  return {
    deliver: (frame, stream, { behaviour }) => {
      if (stream.socket.writableLength < bytes) behaviour.write(frame, stream);
      else otherwise(stream);
    },
  };
}

/** What time and slow readers do to the streams of these servers is odd, and right. */
const variants: readonly LegalVariant[] = [
  {
    name: 'ends each stream by closing the connection, after a declared time',
    behaviour: {
      chunked: () => false,
      open: (stream, server) => {
        openPlainStream(stream, server);
        setTimeout(() => endPlainStream(stream, server), 1500);
      },
    },
    target: { lifetime: 1500 },
  },
  {
    name: 'disconnects a reader that lags behind, by its declared policy',
    behaviour: whereRoom(mib, ({ socket }) => socket.destroy()),
    target: { slowPolicy: 'disconnect' },
  },
  {
    name: 'has no buffer of its own for a slow reader',
    behaviour: whereRoom(1, () => undefined),
  },
  {
    name: 'keeps everything for a stalled reader, by its declared policy',
    behaviour: whereRoom(Number.POSITIVE_INFINITY, () => undefined),
    target: { slowPolicy: 'buffer', buffer: 4 * mib },
  },
  {
    name: 'keeps everything for a stalled reader, and sends it over a slow line once that reads',
    behaviour: {
      deliver: (frame, stream, server) => {
        const waiting = backlogs.get(stream);
        if (waiting) waiting.push(frame);
        else if (stream.socket.writableLength < 64 * 1024) server.behaviour.write(frame, stream);
        else sendSlowly([frame], stream, server);
      },
    },
    target: { slowPolicy: 'buffer' },
  },
  {
    name: 'cuts a reader that takes nothing for a moment',
    behaviour: { stallMs: 250 },
    target: { slowPolicy: 'disconnect' },
  },
  {
    name: 'lets publishers wait for a stalled reader until it is cut, a moment later',
    behaviour: {
      stallMs: 250,
      ...whereRoom(Number.POSITIVE_INFINITY, () => undefined),
      answer: (request, server) => {
        const { path, socket, body } = request;
        const isBlocked = (): boolean => [...server.streams].some((stream) => stream.socket.writableLength > mib);
        if (path !== '/publish' || !isBlocked()) return undefined;
        const waiting = setInterval(() => {
          if (isBlocked() && !socket.destroyed) return;
          clearInterval(waiting);
          const event = server.behaviour.identify(JSON.parse(body), server);
          server.log.push(event);
          server.broadcast(event);
          socket.write('HTTP/1.1 202 OK\r\nContent-Length: 2\r\n\r\n{}');
        }, 10);
        return 'no answer';
      },
    },
    target: { slowPolicy: 'disconnect' },
  },
  {
    name: 'numbers no event and tells a slow reader how many it missed',
    behaviour: {
      identify: (event) => event,
      deliver: (frame, stream, { behaviour }) => {
        const before = missed.get(stream) ?? 0;
        if (stream.socket.writableLength >= mib) missed.set(stream, before + 1);
        else {
          if (before > 0) behaviour.write(Buffer.from(encodePlainEvent({ event: 'gap', data: `${before}` })), stream);
          missed.delete(stream);
          behaviour.write(frame, stream);
        }
      },
    },
    target: { profile: ['live'], replay: undefined },
  },
  {
    name: 'has a channel for each name, and says so',
    behaviour: {},
    target: (url) => ({
      stream: `${url}/stream?channel={channel}`,
      publish: `${url}/publish?channel={channel}`,
      channel: 'news',
    }),
  },
  {
    name: 'takes events up to 2 KiB only, and sends a heartbeat event that it declares',
    behaviour: {
      heartbeat: 'event: heartbeat\ndata: {}\n\n',
      refuse: (event, server) => (event.data.length > 2048 ? 'event is above 2 KiB' : refusePlainEvent(event, server)),
    },
    target: { heartbeatEvent: 'heartbeat', bounds: { ...stallBounds, silent: 400 } },
  },
];

export const legalSoak: readonly LegalVariant[] = variants.map((variant) => ({
  ...variant,
  target: (url) => ({
    bounds: stallBounds,
    ...(typeof variant.target === 'function' ? variant.target(url) : variant.target),
  }),
}));
