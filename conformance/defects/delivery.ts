import type { Defect } from './judge-defect.ts';
import { openPlainStream, type PlainServer, type PlainStream, putOnWire } from './plain-server.ts';

const heldFrames = new WeakMap<PlainStream, Uint8Array>();
const buffers = new WeakMap<PlainStream, Uint8Array>();
const turns = { taken: 0, opened: 0 };

/** Bytes that are a heartbeat replaced, all others as they are. */
function withHeartbeat(next: () => string): (bytes: Uint8Array, stream: PlainStream) => void {
  return (bytes, stream) => {
    const isHeartbeat = Buffer.from(bytes).toString() === ':\n\n';
    putOnWire(isHeartbeat ? Buffer.from(next()) : bytes, stream);
  };
}

/** Many streams are open, as they are in few of the rules. */
const isCrowd = ({ streams }: PlainServer): boolean => streams.size >= 6;

const late = new WeakMap<PlainStream, Uint8Array>();

/** Keeps every seventh event back until the next one, or for a moment. */
function overtaking(frame: Uint8Array, stream: PlainStream, server: PlainServer): void {
  const { write } = server.behaviour;
  const release = (): void => {
    const held = late.get(stream);
    late.delete(stream);
    if (held) write(held, stream);
  };
  if (isCrowd(server) && server.log.length % 7 === 0) {
    late.set(stream, frame);
    setTimeout(release, 5);
  } else {
    write(frame, stream);
    release();
  }
}

/** Every second stream is of an instance that gets the events of some publishers a moment later, each one's in their order. */
export function fromTwoInstances(frame: Uint8Array, stream: PlainStream, { streams, behaviour }: PlainServer): void {
  const publisher = /ssert-order-\d+-(\d)-/.exec(Buffer.from(frame).toString())?.[1];
  const isOfOther = [...streams].indexOf(stream) % 2 === 1;
  // Two timers of the same length fire in the order in which they were set.
  if (publisher !== undefined && isOfOther === publisher < '2') setTimeout(() => behaviour.write(frame, stream), 3);
  else behaviour.write(frame, stream);
}

export const deliveryDefects: readonly Defect[] = [
  {
    name: 'is always one event behind',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        const held = heldFrames.get(stream);
        heldFrames.set(stream, frame);
        if (held) behaviour.write(held, stream);
      },
    },
    breaks: 'delivery/lone-event-prompt',
  },
  {
    name: 'fills a buffer of 4 KiB before it writes',
    behaviour: {
      write: (bytes, stream) => {
        const waiting = Buffer.concat([buffers.get(stream) ?? new Uint8Array(0), bytes]);
        const whole = waiting.length - (waiting.length % 4096);
        if (whole > 0) putOnWire(waiting.subarray(0, whole), stream);
        buffers.set(stream, waiting.subarray(whole));
      },
    },
    breaks: 'delivery/lone-event-prompt',
    alsoBreaks: ['delivery/idle-heartbeat', 'security/connection-limit'],
  },
  {
    name: 'registers some streams only after it has sent their headers',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        turns.opened += 1;
        if (turns.opened % 5 !== 0) return;
        server.streams.delete(stream);
        setTimeout(() => {
          if (!stream.socket.destroyed) server.streams.add(stream);
        }, 20);
      },
    },
    breaks: 'delivery/subscribed-at-headers',
    // What it loses in between is a hole behind what it replays.
    alsoBreaks: ['delivery/any-history'],
  },
  {
    name: 'sends nothing on an idle stream',
    behaviour: { heartbeat: '' },
    breaks: 'delivery/idle-heartbeat',
  },
  {
    name: 'greets and then falls silent',
    behaviour: { heartbeat: '', greeting: 'event: connected\ndata: {}\n\n' },
    breaks: 'delivery/idle-heartbeat',
  },
  {
    name: 'sends its heartbeat as an event',
    behaviour: { heartbeat: 'event: heartbeat\ndata: {"alive":true}\n\n' },
    breaks: 'delivery/heartbeat-is-comment',
  },
  {
    name: 'sends an empty data line as its heartbeat',
    behaviour: { heartbeat: 'data:\n\n' },
    breaks: 'delivery/heartbeat-is-comment',
  },
  {
    name: 'tells the time in a heartbeat event that has no type',
    behaviour: { write: withHeartbeat(() => `data: {"type":"ping","at":${performance.now()}}\n\n`) },
    breaks: 'delivery/heartbeat-is-comment',
  },
  {
    name: 'numbers its heartbeats with ids',
    behaviour: { write: withHeartbeat(() => `id: beat-${Math.floor(performance.now())}\n\n`) },
    breaks: 'delivery/heartbeat-is-comment',
  },
  {
    name: 'shares its events out among the clients, each to one, when there are more than four',
    behaviour: {
      deliver: (frame, stream, { streams, behaviour }) => {
        const all = [...streams];
        const index = all.indexOf(stream);
        if (index === 0) turns.taken += 1;
        if (all.length <= 4 || index === turns.taken % all.length) behaviour.write(frame, stream);
      },
    },
    breaks: 'delivery/fan-out',
    alsoBreaks: [
      'security/connection-limit',
      'delivery/any-history',
      'delivery/subscribed-at-headers',
      'delivery/exactly-once-in-order',
    ],
  },
  {
    name: 'serves the first eight clients only',
    behaviour: {
      deliver: (frame, stream, { streams, behaviour }) => {
        if ([...streams].indexOf(stream) < 8) behaviour.write(frame, stream);
      },
    },
    breaks: 'delivery/fan-out',
  },
  {
    name: 'sends an event twice to a stream when several are open',
    behaviour: {
      deliver: (frame, stream, { streams, behaviour }) => {
        behaviour.write(frame, stream);
        if (streams.size > 4) behaviour.write(frame, stream);
      },
    },
    breaks: 'delivery/fan-out',
    alsoBreaks: ['delivery/exactly-once-in-order', 'delivery/any-history'],
  },
  {
    name: 'lets an event overtake another when many streams are open',
    behaviour: { deliver: overtaking },
    breaks: 'delivery/exactly-once-in-order',
  },
  {
    name: 'lets an event overtake another when many streams are open, and promises the order of each publisher alone',
    behaviour: { deliver: overtaking },
    target: { order: 'per-publisher' },
    breaks: 'delivery/exactly-once-in-order',
  },
  {
    name: 'is two instances that see publishers in different orders, and does not say so',
    behaviour: { deliver: fromTwoInstances },
    breaks: 'delivery/exactly-once-in-order',
  },
  {
    name: 'writes a large event in two steps, between which another may come',
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        const half = frame.length < 2048 ? frame.length : frame.length >> 1;
        behaviour.write(frame.subarray(0, half), stream);
        setImmediate(() => behaviour.write(frame.subarray(half), stream));
      },
    },
    breaks: 'delivery/whole-frames',
    alsoBreaks: ['framing/known-fields'],
  },
];
