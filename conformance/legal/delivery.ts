import { fromTwoInstances } from '../defects/delivery.ts';
import { shortBounds } from '../defects/judge-defect.ts';
import {
  type Behaviour,
  encodePlainEvent,
  endPlainStream,
  openPlainStream,
  type PlainStream,
  putOnWire,
  refusePlainEvent,
} from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

const waiting = new WeakMap<PlainStream, Uint8Array[]>();
const openedAtMs = new WeakMap<PlainStream, number>();
let ticks = 0;

/** Sends what came in since the last look, as a server does that polls its database. */
function deliverAtNextPoll(periodMs: number, send: Behaviour['deliver'] = putOnWire): Behaviour['deliver'] {
  return (frame, stream, server) => {
    const frames = waiting.get(stream);
    if (frames) {
      frames.push(frame);
      return;
    }
    waiting.set(stream, [frame]);
    const toNextPollMs = periodMs - (performance.now() % periodMs);
    setTimeout(() => {
      send(Buffer.concat(waiting.get(stream) ?? []), stream, server);
      waiting.delete(stream);
    }, toNextPollMs);
  };
}

/** Servers that deliver in an unusual manner, and right. */
export const legalDelivery: readonly LegalVariant[] = [
  {
    name: 'looks for new events every 50 ms where the bound is 12 ms',
    behaviour: { deliver: deliverAtNextPoll(50) },
    target: { bounds: { ...shortBounds, event: 12 } },
    mayWarn: ['delivery/lone-event-prompt'],
  },
  {
    name: 'is two instances that see publishers in different orders, and says so',
    behaviour: { deliver: fromTwoInstances },
    target: { order: 'per-publisher' },
    passes: ['delivery/exactly-once-in-order'],
  },
  {
    name: 'beats just below the hard limit',
    behaviour: { heartbeatMs: 1400 },
    mayWarn: ['delivery/idle-heartbeat'],
  },
  {
    name: 'sends a declared heartbeat event',
    behaviour: { heartbeat: 'event: heartbeat\ndata: {}\n\n' },
    target: { heartbeatEvent: 'heartbeat' },
  },
  {
    name: 'greets with a state of many events',
    behaviour: {
      greeting: `event: connected\ndata: {"status":"connected"}\n\n${'event: state\ndata: {"on":true}\n\n'.repeat(30)}`,
    },
  },
  {
    name: 'sends the state at the start and each change by one event type',
    behaviour: {
      greeting: 'event: update\ndata: {"state":1}\n\n',
      encode: (event) => encodePlainEvent({ ...event, event: 'update' }),
    },
  },
  {
    name: 'has traffic of its own, by the event type that published events get',
    behaviour: {
      encode: (event) => encodePlainEvent({ ...event, event: 'update' }),
      write: (bytes, stream) => {
        const isHeartbeat = Buffer.from(bytes).toString() === ':\n\n';
        if (isHeartbeat) ticks += 1;
        putOnWire(isHeartbeat ? Buffer.from(`event: update\ndata: ${ticks * 7}\n\n`) : bytes, stream);
      },
    },
  },
  {
    name: 'has traffic of its own, which nobody published',
    behaviour: {
      write: (bytes, stream) => {
        const isHeartbeat = Buffer.from(bytes).toString() === ':\n\n';
        if (isHeartbeat) ticks += 1;
        putOnWire(isHeartbeat ? Buffer.from(`event: price\ndata: ${ticks * 7}\n\n`) : bytes, stream);
      },
    },
  },
  {
    name: 'sends the latest events to each new client',
    target: { firstConnection: { last: 5 } },
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        if ((stream.request.fields.get('last-event-id') ?? '') !== '') return;
        for (const event of server.log.slice(-5)) {
          server.behaviour.write(Buffer.from(server.behaviour.encode(event)), stream);
        }
      },
    },
  },
  {
    name: 'refuses events above 8 KiB',
    behaviour: {
      refuse: (event, server) => (event.data.length > 8192 ? 'event is above 8 KiB' : refusePlainEvent(event, server)),
    },
  },
  {
    name: 'has room for nine streams and does not say so',
    behaviour: { maxStreams: 9 },
    target: { capacity: undefined },
  },
  endingAfter(1500),
  // Shorter than rules take that hold many streams, or one that is stalled.
  endingAfter(300),
  sayingGoodbyeAfter(100),
];

function endingAfter(lifetimeMs: number): LegalVariant {
  return {
    name: `ends each stream after a declared time of ${lifetimeMs} ms`,
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        setTimeout(() => endPlainStream(stream, server), lifetimeMs);
      },
    },
    target: { lifetime: lifetimeMs },
  };
}

/** Leaves what is new to the next stream where the declared time is over, and ends with an event of its own. */
function sayingGoodbyeAfter(lifetimeMs: number): LegalVariant {
  return {
    name: `after a declared time of ${lifetimeMs} ms says goodbye in place of what is new, by the type that published events get`,
    behaviour: {
      open: (stream, server) => {
        openedAtMs.set(stream, performance.now());
        openPlainStream(stream, server);
      },
      deliver: deliverAtNextPoll(10, (frames, stream, server) => {
        const isOver = performance.now() - (openedAtMs.get(stream) ?? 0) >= lifetimeMs;
        putOnWire(isOver ? Buffer.from('data: goodbye\n\n') : frames, stream);
        if (isOver) endPlainStream(stream, server);
      }),
    },
    target: { lifetime: lifetimeMs },
  };
}
