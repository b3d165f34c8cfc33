import { setTimeout as sleep } from 'node:timers/promises';
import {
  encodePlainEvent,
  endingStreams,
  endPlainStream,
  historyLost,
  missedSince,
  openPlainStream,
  type PlainEvent,
  type PlainRequest,
  type PlainServer,
  type PlainStream,
  promisedReplay,
  putOnWire,
  refusePlainEvent,
  sendStreamHead,
} from '../defects/plain-server.ts';
import { takesIdFromUrl } from '../defects/reconnecting.ts';
import type { LegalVariant } from './not-accused.ts';

/** Whether an id was given out before. */
function isTaken(id: string | undefined, { log }: PlainServer): boolean {
  return id !== undefined && log.some((event) => event.id === id);
}

/** Takes every event that is right but for an id used before. */
function refuseAllButRepeats(event: PlainEvent, server: PlainServer): string | undefined {
  return refusePlainEvent(event, { ...server, log: [] });
}

/** Whether a request names an id that the server does not hold. */
function isUnknown({ path, fields }: PlainRequest, { log }: PlainServer): boolean {
  const id = fields.get('last-event-id') ?? '';
  return path === '/stream' && id !== '' && missedSince(id, log) === undefined;
}

/** Sends a first connection some of what was published before. */
function beginsWith(eventsOf: (log: readonly PlainEvent[]) => readonly PlainEvent[]): LegalVariant['behaviour'] {
  return {
    open: (stream, server) => {
      const before = (stream.request.fields.get('last-event-id') ?? '') === '' ? eventsOf(server.log) : [];
      openPlainStream(stream, server);
      for (const event of before) server.behaviour.write(Buffer.from(server.behaviour.encode(event)), stream);
    },
  };
}

const written = new WeakMap<PlainStream, Promise<void>>();

/** What tells of events that have no id themselves. */
const withoutIdsOfTheirOwn = ['reconnect/unique-ids', 'backpressure/loss-noticeable'];

function idBehind({ id, ...event }: PlainEvent): string {
  return `${encodePlainEvent(event)}${id === undefined ? '' : `id: ${id}\n\n`}`;
}

function endsAfter(lifetimeMs: number): LegalVariant['behaviour'] {
  return {
    open: (stream, server) => {
      openPlainStream(stream, server);
      const timer = setTimeout(() => endPlainStream(stream, server), lifetimeMs);
      stream.socket.on('close', () => clearTimeout(timer));
    },
  };
}

const beginsWithLastTen = beginsWith((log) => log.slice(-10));

/** What was missed, if the id is among the last five. */
function keptOfFive(lastEventId: string, { log }: PlainServer): readonly PlainEvent[] | undefined {
  const kept = log.slice(-5);
  const at = kept.findIndex(({ id }) => id === lastEventId);
  return at < 0 ? undefined : kept.slice(at + 1);
}

/** Sends everybody an event of the server's own, which can be resumed after as any other. */
function tick(server: PlainServer): void {
  const event = { event: 'tick', data: 'all is well', id: `auto-${server.log.length + 1}` };
  server.log.push(event);
  server.broadcast(event, undefined);
}

/** Servers that resume in an unusual manner, and right. */
export const legalResumption: readonly LegalVariant[] = [
  {
    name: 'keeps the last five events and says so',
    behaviour: { replay: (id, server) => keptOfFive(id, server) ?? [] },
    target: { replay: 5 },
  },
  {
    name: 'keeps the last five events, those that it makes itself among them, and says so',
    behaviour: {
      replay: (id, server) => keptOfFive(id, server) ?? [historyLost],
      identify: (event, server) => {
        if (server.log.length % 4 === 3) setTimeout(() => tick(server));
        return { ...event, id: event.id ?? `auto-${server.log.length + 1}` };
      },
    },
    target: { replay: 5, heartbeatEvent: 'tick' },
    mayWarn: ['delivery/heartbeat-is-comment'],
  },
  {
    name: 'keeps the last five events and ends each stream after a moment, and says so',
    behaviour: {
      ...endsAfter(700),
      replay: (id, server) => keptOfFive(id, server) ?? [historyLost],
    },
    target: { replay: 5, lifetime: 700 },
  },
  {
    name: 'promises to resume without saying how far',
    behaviour: {},
    target: { replay: undefined },
  },
  {
    name: 'passes on the ids of its publishers and has none of its own',
    behaviour: { identify: (event) => event },
    mayWarn: ['reconnect/unique-ids', 'backpressure/loss-noticeable'],
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
  {
    name: 'answers 204 to an id that it does not know',
    behaviour: { answer: (request, server) => (isUnknown(request, server) ? { status: 204 } : undefined) },
  },
  {
    name: 'answers 412 to an id that it does not know',
    behaviour: { answer: (request, server) => (isUnknown(request, server) ? { status: 412 } : undefined) },
  },
  {
    name: 'replays all that it has after an unknown id, with a reset before it',
    behaviour: {
      replay: (id, { log }) => missedSince(id, log) ?? [historyLost, ...log.slice(-promisedReplay)],
    },
  },
  {
    name: 'says nothing of a gap that its numbered ids show',
    behaviour: { replay: (id, { log }) => missedSince(id, log) ?? [] },
  },
  {
    name: 'has ids with an epoch before the number',
    behaviour: {
      identify: (event, { log }) => ({ ...event, id: event.id ?? `k3x9:${log.length + 1}` }),
    },
  },
  {
    name: 'leaves gaps between its numeric ids',
    behaviour: {
      identify: (event, { log }) => ({ ...event, id: event.id ?? String((log.length + 1) * 1000 + (log.length % 7)) }),
    },
  },
  {
    name: 'closes a stream that has fifty events to make up for behind the first fifty, and so pages forward',
    behaviour: {
      open: (stream, server) => {
        const from = stream.request.fields.get('last-event-id') ?? '';
        // A publisher may have brought an empty id, and yet an empty header means none.
        const missed = from === '' ? [] : (missedSince(from, server.log) ?? []);
        if (missed.length <= 50) {
          openPlainStream(stream, server);
          return;
        }
        sendStreamHead(stream, server.behaviour);
        for (const event of missed.slice(0, 50)) {
          server.behaviour.write(Buffer.from(server.behaviour.encode(event)), stream);
        }
        stream.socket.end();
      },
    },
  },
  {
    name: 'gives the last event of a replay alone an id',
    behaviour: {
      replay: (id, { log }) => {
        const missed = missedSince(id, log);
        return (
          missed?.map(({ id: own, ...event }, at) =>
            at < missed.length - 1 ? event : { ...event, ...(own === undefined ? {} : { id: own }) },
          ) ?? [historyLost]
        );
      },
    },
  },
  {
    name: 'sends the id of each event in a block of its own behind it',
    behaviour: { encode: idBehind },
    mayWarn: withoutIdsOfTheirOwn,
    passes: ['reconnect/exact-resume', 'reconnect/every-id-resumes', 'reconnect/history-gap-visible'],
  },
  {
    name: 'sends the id of each event in a block of its own a moment behind it',
    behaviour: {
      encode: idBehind,
      write: (bytes, stream) => {
        const [event = '', id = ''] = Buffer.from(bytes)
          .toString()
          .split(/(?<=\n\n)(?=id: )/);
        const before = written.get(stream) ?? Promise.resolve();
        const writing = before.then(() => putOnWire(Buffer.from(event), stream));
        const idMs = id === '' ? 0 : 5;
        written.set(
          stream,
          writing.then(() => sleep(idMs)).then(() => putOnWire(Buffer.from(id), stream)),
        );
      },
    },
    mayWarn: withoutIdsOfTheirOwn,
    passes: ['reconnect/exact-resume'],
  },
  {
    name: 'sends the id of each event in a block of its own before it',
    behaviour: {
      encode: ({ id, ...event }) => `${id === undefined ? '' : `id: ${id}\n\n`}${encodePlainEvent(event)}`,
    },
    mayWarn: withoutIdsOfTheirOwn,
  },
  {
    name: 'sends the id of each event in a block of its own behind it, and ends each stream after a while, as it says',
    behaviour: { ...endsAfter(1000), encode: idBehind },
    target: { lifetime: 1000 },
    mayWarn: withoutIdsOfTheirOwn,
    passes: ['reconnect/rotation-loses-nothing'],
  },
  {
    name: 'takes an id from the URL where the header has none',
    behaviour: { open: takesIdFromUrl((inUrl, inHeader) => (inHeader ? inHeader : inUrl)) },
    passes: ['reconnect/last-event-id-read'],
  },
  {
    name: 'takes an id from the URL, and refuses who gives another in the header',
    behaviour: {
      open: takesIdFromUrl((inUrl, inHeader) => inHeader ?? inUrl),
      answer: ({ query, fields }) => {
        const [inUrl, inHeader] = [query.get('lastEventId'), fields.get('last-event-id')];
        return inUrl && inHeader && inUrl !== inHeader ? { status: 400 } : undefined;
      },
    },
    passes: ['reconnect/last-event-id-read'],
  },
  {
    name: 'begins each stream with the id of its newest event, without data',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        const id = server.log.at(-1)?.id;
        if (id !== undefined) server.behaviour.write(Buffer.from(`id: ${id}\n\n`), stream);
      },
    },
  },
  {
    name: 'begins a first connection with the last ten events, as it says',
    behaviour: beginsWithLastTen,
    target: { firstConnection: { last: 10 } },
  },
  {
    name: 'begins a first connection with the last ten events, one for each new client among them',
    behaviour: {
      open: (stream, server) => {
        beginsWithLastTen.open?.(stream, server);
        if ((stream.request.fields.get('last-event-id') ?? '') === '') tick(server);
      },
    },
    target: { firstConnection: { last: 10 }, heartbeatEvent: 'tick' },
    mayWarn: ['delivery/heartbeat-is-comment'],
  },
  {
    name: 'begins a first connection with all that it has, as it says',
    behaviour: beginsWith((log) => log.slice(-40)),
    target: { firstConnection: 'all', replay: 40 },
  },
  {
    name: 'does not say where a first connection starts',
    behaviour: {},
    target: { firstConnection: undefined },
  },
  {
    name: 'ends each stream after a while, as it says',
    behaviour: endsAfter(1500),
    target: { lifetime: 1500 },
  },
  {
    name: 'ends its streams when asked to, a moment after it has said that it will',
    behaviour: {
      answer: (request, server) => {
        if (request.path !== '/end') return undefined;
        setTimeout(() => endingStreams(': goodbye\n\n')(request, server), 100);
        return { status: 202 };
      },
    },
    target: (url) => ({ endStream: `${url}/end` }),
    passes: ['reconnect/rotation-loses-nothing'],
  },
  {
    name: 'forgets what its streams were about when it is asked to end them, and tells who comes back',
    behaviour: {
      answer: (request, server) => {
        const answer = endingStreams('')(request, server);
        // Ids go on, so that those from before the end are unknown and no other event's.
        if (answer) setTimeout(() => server.log.fill({ data: 'forgotten' }), 50);
        return answer;
      },
    },
    target: (url) => ({ endStream: `${url}/end` }),
  },
  {
    name: 'ends each stream after a while, as it says, and passes on the ids of its publishers',
    behaviour: { ...endsAfter(1000), identify: (event) => event },
    target: { lifetime: 1000 },
    mayWarn: ['reconnect/unique-ids', 'backpressure/loss-noticeable'],
    passes: ['reconnect/rotation-loses-nothing'],
  },
];
