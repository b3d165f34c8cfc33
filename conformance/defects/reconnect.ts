import type { Defect } from './judge-defect.ts';
import { encodePlainEvent, type PlainEvent, type PlainServer, refusePlainEvent } from './plain-server.ts';

/** The events after one id; none where it is not known. */
function after(lastEventId: string, { log }: PlainServer): readonly PlainEvent[] {
  const at = log.findIndex(({ id }) => id === lastEventId);
  return at < 0 ? [] : log.slice(at + 1);
}

export const reconnectDefects: readonly Defect[] = [
  {
    name: 'stores ids and writes none',
    behaviour: { encode: ({ id: _, ...event }) => encodePlainEvent(event) },
    breaks: 'reconnect/unique-ids',
    alsoBreaks: ['reconnect/exact-resume', 'delivery/type-and-id-arrive', 'backpressure/loss-noticeable'],
  },
  {
    name: 'counts its ids from 0 to 99 again and again',
    behaviour: { identify: (event, { log }) => ({ ...event, id: event.id ?? String(log.length % 100) }) },
    breaks: 'reconnect/unique-ids',
    alsoBreaks: ['reconnect/exact-resume', 'reconnect/history-gap-visible', 'delivery/any-history'],
  },
  {
    name: 'takes an id that it has taken before',
    behaviour: { refuse: (event, server) => refusePlainEvent(event, { ...server, log: [] }) },
    breaks: 'reconnect/unique-ids',
  },
  {
    name: 'never reads Last-Event-ID',
    behaviour: { replay: () => [] },
    breaks: 'reconnect/exact-resume',
    alsoBreaks: ['delivery/any-history'],
  },
  {
    name: 'sends the id of each event in a block of its own behind it, and replays one event too few',
    behaviour: {
      encode: ({ id, ...event }) => `${encodePlainEvent(event)}${id === undefined ? '' : `id: ${id}\n\n`}`,
      replay: (id, server) => after(id, server).slice(1),
    },
    breaks: 'reconnect/exact-resume',
    alsoBreaks: ['reconnect/unique-ids', 'backpressure/loss-noticeable'],
  },
  {
    name: 'replays its last fifty events whatever was asked for',
    behaviour: { replay: (_, { log }) => log.slice(-50) },
    breaks: 'reconnect/exact-resume',
    alsoBreaks: ['delivery/any-history'],
  },
  {
    name: 'replays the last event that the client has, too',
    behaviour: { replay: (id, server) => [...server.log.filter((event) => event.id === id), ...after(id, server)] },
    breaks: 'reconnect/exact-resume',
    alsoBreaks: ['delivery/any-history'],
  },
  {
    name: 'leaves out the event right after the last one seen',
    behaviour: { replay: (id, server) => after(id, server).slice(1) },
    breaks: 'reconnect/exact-resume',
    alsoBreaks: ['delivery/any-history'],
  },
  {
    name: 'replays the newest first',
    behaviour: { replay: (id, server) => after(id, server).toReversed() },
    breaks: 'reconnect/exact-resume',
    alsoBreaks: ['delivery/any-history'],
  },
  {
    name: 'promises to replay 200 events and keeps ten',
    behaviour: { replay: (id, server) => after(id, server).slice(-10) },
    breaks: 'reconnect/exact-resume',
    alsoBreaks: ['reconnect/resumes-progress'],
  },
];
