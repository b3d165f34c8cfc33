import {
  encodePlainEvent,
  openPlainStream,
  type PlainEvent,
  type PlainServer,
  refusePlainEvent,
  sendStreamHead,
} from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

/** Whether an id was given out before. */
function isTaken(id: string | undefined, { log }: PlainServer): boolean {
  return id !== undefined && log.some((event) => event.id === id);
}

/** Takes every event that is right but for an id used before. */
function refuseAllButRepeats(event: PlainEvent, server: PlainServer): string | undefined {
  return refusePlainEvent(event, { ...server, log: [] });
}

/** Servers that resume in an unusual manner, and right. */
export const legalResumption: readonly LegalVariant[] = [
  {
    name: 'keeps the last five events and says so',
    behaviour: {
      replay: (lastEventId, { log }) => {
        const kept = log.slice(-5);
        const at = kept.findIndex(({ id }) => id === lastEventId);
        return at < 0 ? [] : kept.slice(at + 1);
      },
    },
    target: { replay: 5 },
  },
  {
    name: 'promises to resume without saying how far',
    behaviour: {},
    target: { replay: undefined },
  },
  {
    name: 'passes on the ids of its publishers and has none of its own',
    behaviour: { identify: (event) => event },
    mayWarn: ['reconnect/unique-ids'],
  },
  {
    name: 'gives an id to every second event',
    behaviour: {
      encode: ({ id, ...event }) =>
        encodePlainEvent(id === undefined || /^auto-\d*[13579]$/.test(id) ? event : { ...event, id }),
    },
    mayWarn: ['reconnect/unique-ids'],
  },
  {
    name: 'takes a repeated id as the same event and sends it once',
    behaviour: {
      refuse: refuseAllButRepeats,
      identify: (event, server) =>
        isTaken(event.id, server)
          ? { data: 'repeated' }
          : { ...event, id: event.id ?? `auto-${server.log.length + 1}` },
      encode: (event) => (event.id === undefined ? '' : encodePlainEvent(event)),
    },
  },
  {
    name: 'tells repeated ids apart by a suffix',
    behaviour: {
      refuse: refuseAllButRepeats,
      identify: (event, server) => {
        const next = server.log.length + 1;
        return { ...event, id: isTaken(event.id, server) ? `${event.id}-${next}` : (event.id ?? `auto-${next}`) };
      },
    },
  },
  {
    name: 'replays a moment after the headers',
    behaviour: {
      open: (stream, server) => {
        if (!stream.request.fields.has('last-event-id')) {
          openPlainStream(stream, server);
          return;
        }
        sendStreamHead(stream, server.behaviour);
        const { behaviour } = server;
        setTimeout(() => {
          if (stream.socket.destroyed) return;
          for (const event of behaviour.replay(stream.request.fields.get('last-event-id') ?? '', server)) {
            behaviour.write(Buffer.from(behaviour.encode(event)), stream);
          }
          server.streams.add(stream);
        }, 20);
      },
    },
  },
];
