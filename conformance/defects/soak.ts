import { type Defect, stallBounds } from './judge-defect.ts';
import { endPlainStream, openPlainStream, type PlainServer, type PlainStream, putOnWire } from './plain-server.ts';

const mib = 1024 * 1024;

/** Ends a stream some time after it was opened. */
function endAfter(stream: PlainStream, server: PlainServer, afterMs: number): void {
  setTimeout(() => endPlainStream(stream, server), afterMs);
}

const opened = new WeakMap<PlainStream, number>();
const written = new WeakMap<PlainStream, number>();
const idle = new WeakMap<PlainStream, NodeJS.Timeout>();

function isHeartbeat(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString() === ':\n\n';
}

/** Servers in which time does its work on a stream. */
const defects: readonly Defect[] = [
  {
    name: 'has a write timeout that counts from the request',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        endAfter(stream, server, 1200);
      },
    },
    breaks: 'delivery/healthy-stream-lives',
    alsoBreaks: ['security/connection-limit'],
  },
  {
    name: 'closes a stream on which no event was sent for a while',
    behaviour: {
      write: (bytes, stream) => {
        putOnWire(bytes, stream);
        if (isHeartbeat(bytes)) return;
        clearTimeout(idle.get(stream));
        idle.set(
          stream,
          setTimeout(() => stream.socket.destroy(), 1200),
        );
      },
    },
    breaks: 'delivery/healthy-stream-lives',
  },
  {
    name: 'hands no event to a stream that is older than a second, and keeps it open',
    behaviour: {
      open: (stream, server) => {
        opened.set(stream, performance.now());
        openPlainStream(stream, server);
      },
      deliver: (frame, stream, { behaviour }) => {
        if (performance.now() - (opened.get(stream) ?? 0) < 1000) behaviour.write(frame, stream);
      },
    },
    breaks: 'delivery/no-deaf-stream',
    // On a slow machine these keep a stream for longer than that.
    alsoBreaks: ['backpressure/stalled-reader-decided', 'delivery/fan-out', 'security/connection-limit'],
  },
  {
    name: 'forgets a stream that does not read fast enough, and keeps it open',
    behaviour: {
      deliver: (frame, stream, server) => {
        if (stream.socket.writableLength < mib) server.behaviour.write(frame, stream);
        else written.set(stream, Number.POSITIVE_INFINITY);
        if (written.get(stream) === Number.POSITIVE_INFINITY) server.streams.delete(stream);
      },
    },
    breaks: 'backpressure/stalled-reader-decided',
  },
  {
    name: 'cuts an event in two when the buffer is full',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        const room = mib - stream.socket.writableLength;
        if (room > 0) behaviour.write(frame.subarray(0, room), stream);
      },
    },
    breaks: 'backpressure/whole-frames-dropped',
  },
  {
    name: 'drops events that have no id',
    behaviour: { identify: (event) => event },
    target: { profile: ['live'], replay: undefined },
    breaks: 'backpressure/loss-noticeable',
  },
  {
    name: 'sends what waits for a slow reader once more',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        if (stream.socket.writableLength > 8 * mib) return;
        behaviour.write(frame, stream);
        if (stream.socket.writableLength > mib) behaviour.write(frame, stream);
      },
    },
    target: { buffer: 12 * mib },
    breaks: 'backpressure/slow-reader-keeps-all',
  },
  {
    name: 'cuts off a reader whose buffer is full for a moment',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        if (stream.socket.writableLength > mib) stream.socket.destroy();
        else behaviour.write(frame, stream);
      },
    },
    target: { buffer: 12 * mib },
    breaks: 'backpressure/slow-reader-keeps-all',
    alsoBreaks: ['backpressure/stalled-reader-decided'],
  },
  {
    name: 'says that slow readers lose events, and cuts them',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        if (stream.socket.writableLength < mib) behaviour.write(frame, stream);
        else stream.socket.destroy();
      },
    },
    target: { slowPolicy: 'drop' },
    breaks: 'backpressure/stalled-reader-decided',
    verdict: 'warn',
  },
  {
    name: 'waits for the drain of a stalled reader and looks at nothing else',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        if (stream.socket.writableLength < mib) behaviour.write(frame, stream);
        else written.set(stream, 1);
      },
      gone: (stream, { streams }) => {
        if (!written.has(stream)) streams.delete(stream);
      },
    },
    breaks: 'backpressure/dead-reader-released',
  },
  {
    name: 'keeps a reader that takes nothing for ever',
    behaviour: {},
    target: { slowPolicy: undefined },
    breaks: 'cleanup/silent-peer-noticed',
  },
];

export const soakDefects: readonly Defect[] = defects.map((defect) => ({
  ...defect,
  target: { bounds: stallBounds, ...defect.target },
}));
