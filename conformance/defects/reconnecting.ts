import type { Defect } from './judge-defect.ts';
import {
  endingStreams,
  missedSince,
  openPlainStream,
  type PlainEvent,
  type PlainRequest,
  type PlainServer,
  type PlainStream,
  refusePlainEvent,
  sendStreamHead,
} from './plain-server.ts';

function lastEventIdOf({ request }: Pick<PlainStream, 'request'>): string {
  return request.fields.get('last-event-id') ?? '';
}

/** Whether a request names an id that the server does not hold. */
function isUnknown(request: PlainRequest, { log }: PlainServer): boolean {
  const id = lastEventIdOf({ request });
  return request.path === '/stream' && id !== '' && missedSince(id, log) === undefined;
}

function write(stream: PlainStream, { behaviour }: PlainServer, ...frames: (string | Uint8Array)[]): void {
  for (const frame of frames) behaviour.write(Buffer.from(frame), stream);
}

/** Opens every stream with events from before. */
function beginsWith(eventsOf: (log: readonly PlainEvent[]) => readonly PlainEvent[]) {
  return (stream: PlainStream, server: PlainServer): void => {
    const missed = lastEventIdOf(stream) === '' ? eventsOf(server.log) : [];
    openPlainStream(stream, server);
    write(stream, server, ...missed.map(server.behaviour.encode));
  };
}

/** The name of Last-Event-ID and its value as they came, a character for each byte. */
function rawLastEventId({ head }: PlainRequest): { name: string; value: string } | undefined {
  const [, name = '', value = ''] = /^(last-event-id):(.*)$/im.exec(head) ?? [];
  return name === '' ? undefined : { name, value: value.replace(/\r$/, '') };
}

/** Reads Last-Event-ID its own way; undefined for none. */
function readsIdAs(read: (name: string, value: string) => string | undefined) {
  return (stream: PlainStream, server: PlainServer): void => {
    const raw = rawLastEventId(stream.request);
    const id = raw && read(raw.name, raw.value);
    const fields = new Map(stream.request.fields);
    fields.delete('last-event-id');
    if (id !== undefined) fields.set('last-event-id', id);
    openPlainStream(Object.assign(stream, { request: { ...stream.request, fields } }), server);
  };
}

/** Takes the id from the URL as well. */
export function takesIdFromUrl(
  choose: (inUrl: string | undefined, inHeader: string | undefined) => string | undefined,
) {
  return (stream: PlainStream, server: PlainServer): void => {
    const { query, fields: given } = stream.request;
    const id = choose(query.get('lastEventId') ?? undefined, given.get('last-event-id'));
    const fields = new Map(given);
    if (id !== undefined) fields.set('last-event-id', id);
    openPlainStream(Object.assign(stream, { request: { ...stream.request, fields } }), server);
  };
}

function asUtf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

const counted = new WeakMap<PlainStream, number>();

/** Numbers the events of one stream from 1 up, whatever other streams have. */
function countedOnStream(frame: string, stream: PlainStream): string {
  return frame.replace(/^id: auto-.*$/m, () => {
    counted.set(stream, (counted.get(stream) ?? 0) + 1);
    return `id: ${counted.get(stream)}`;
  });
}

/** An id that tells nothing of its neighbours. */
function scattered(event: PlainEvent, { log }: PlainServer): PlainEvent {
  return { ...event, id: event.id ?? ((log.length + 1) * 7_919_777).toString(36) };
}

const unknownIdDefects: readonly Defect[] = [
  {
    name: 'answers 500 for an id that it does not know',
    behaviour: { answer: (request, server) => (isUnknown(request, server) ? { status: 500 } : undefined) },
    breaks: 'reconnect/unknown-id-decided',
    alsoBreaks: ['security/hostile-last-event-id', 'security/oversized-header', 'security/request-reflection'],
  },
  {
    name: 'never answers for an id that it does not know',
    behaviour: { answer: (request, server) => (isUnknown(request, server) ? 'no answer' : undefined) },
    breaks: 'reconnect/unknown-id-decided',
    alsoBreaks: ['security/hostile-last-event-id', 'security/oversized-header', 'security/request-reflection'],
  },
  {
    name: 'waits for an id that will never come, and sends nothing but heartbeats',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        if (!isUnknown(stream.request, server)) return;
        server.streams.delete(stream);
        const beat = setInterval(() => write(stream, server, ':\n\n'), 100);
        stream.socket.on('close', () => clearInterval(beat));
      },
    },
    breaks: 'reconnect/unknown-id-decided',
  },
  {
    name: 'ends the stream at once where it does not know the id',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        if (!isUnknown(stream.request, server)) return;
        server.streams.delete(stream);
        stream.socket.end();
      },
    },
    breaks: 'reconnect/unknown-id-decided',
    alsoBreaks: ['security/hostile-last-event-id', 'security/oversized-header'],
  },
  {
    name: 'goes on live after an expired id, and says nothing of what is lost',
    behaviour: { identify: scattered, replay: (id, { log }) => missedSince(id, log) ?? [] },
    breaks: 'reconnect/history-gap-visible',
  },
  {
    name: 'replays what it still has after an expired id, and says nothing of what is lost',
    behaviour: { identify: scattered, replay: (id, { log }) => missedSince(id, log) ?? log.slice(-5) },
    breaks: 'reconnect/history-gap-visible',
  },
];

const idDefects: readonly Defect[] = [
  {
    name: 'numbers the events on each connection',
    behaviour: {
      deliver: (frame, stream, server) => {
        write(stream, server, countedOnStream(Buffer.from(frame).toString(), stream));
      },
      // So that any number can be resumed from, in its way.
      replay: (id, { log }) => (/^\d+$/.test(id) ? log.slice(-2) : (missedSince(id, log) ?? [])),
    },
    breaks: 'reconnect/same-id-everywhere',
    alsoBreaks: ['reconnect/exact-resume', 'reconnect/history-gap-visible', 'delivery/any-history'],
  },
  {
    name: 'replays with ids of another kind than it sent',
    behaviour: {
      replay: (id, { log }) =>
        (missedSince(id.replace('stored', 'auto'), log) ?? []).map((event) => ({
          ...event,
          id: event.id?.replace('auto', 'stored') ?? '',
        })),
    },
    breaks: 'reconnect/same-id-everywhere',
  },
  {
    name: 'begins every stream with the id 0, after which it knows nothing',
    behaviour: { greeting: 'id: 0\nretry: 1000\n\n' },
    breaks: 'reconnect/every-id-resumes',
    alsoBreaks: ['reconnect/unknown-id-decided'],
  },
  {
    name: 'begins every stream with the id of its newest event but one',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        const id = server.log.at(-2)?.id;
        if (id !== undefined && lastEventIdOf(stream) === '') write(stream, server, `id: ${id}\n\n`);
      },
    },
    breaks: 'reconnect/every-id-resumes',
  },
  {
    name: 'gives its heartbeats ids that it cannot resume after',
    behaviour: { heartbeat: 'id: beat\n\n' },
    breaks: 'reconnect/every-id-resumes',
    alsoBreaks: ['delivery/heartbeat-is-comment', 'reconnect/history-gap-visible'],
  },
  {
    name: 'answers 404 for the id of its own greeting',
    behaviour: {
      greeting: 'id: hello\n\n',
      answer: (request) => (lastEventIdOf({ request }) === 'hello' ? { status: 404 } : undefined),
    },
    breaks: 'reconnect/every-id-resumes',
  },
  {
    name: 'reads Last-Event-ID as Latin-1 and takes ids of any characters',
    behaviour: { open: readsIdAs((_, value) => value.trim()) },
    breaks: 'reconnect/header-safe-ids',
  },
  {
    name: 'forgets an id that is longer than 128 bytes',
    behaviour: { replay: (id, { log }) => (id.length > 128 ? [] : (missedSince(id, log) ?? [])) },
    breaks: 'reconnect/header-safe-ids',
  },
  {
    name: 'takes of the ids of publishers only those that begin or end with a blank',
    behaviour: {
      refuse: ({ id, ...event }, server) => {
        if (id !== undefined && id.trim() === id) return 'this id is not taken';
        return refusePlainEvent(id === undefined ? event : { ...event, id: id.trim() }, server);
      },
    },
    breaks: 'reconnect/header-safe-ids',
  },
];

const headerDefects: readonly Defect[] = [
  {
    name: 'reads only the header that is written Last-Event-ID',
    behaviour: { open: readsIdAs((name, value) => (name === 'Last-Event-ID' ? asUtf8(value.trim()) : undefined)) },
    breaks: 'reconnect/last-event-id-read',
  },
  {
    name: 'takes the blanks around the id for a part of it',
    behaviour: { open: readsIdAs((_, value) => asUtf8(value.replace(/^ /, ''))) },
    breaks: 'reconnect/last-event-id-read',
  },
  {
    name: 'replays everything for an empty id',
    behaviour: {
      open: (stream, server) => {
        openPlainStream(stream, server);
        if (!stream.request.fields.has('last-event-id') || lastEventIdOf(stream) !== '') return;
        write(stream, server, ...server.log.map(server.behaviour.encode));
      },
    },
    breaks: 'reconnect/last-event-id-read',
  },
  {
    name: 'refuses an empty id',
    behaviour: {
      answer: ({ fields, path }) =>
        path === '/stream' && fields.get('last-event-id') === '' ? { status: 400 } : undefined,
    },
    breaks: 'reconnect/last-event-id-read',
  },
  {
    name: 'takes the id in its URL even where the header has a newer one',
    behaviour: { open: takesIdFromUrl((inUrl, inHeader) => inUrl ?? inHeader) },
    breaks: 'reconnect/last-event-id-read',
    verdict: 'warn',
  },
  {
    name: 'promises to start live and begins with its last twenty events',
    behaviour: { open: beginsWith((log) => log.slice(-20)) },
    breaks: 'reconnect/first-connection-start',
  },
  {
    name: 'promises the last five events to a first connection and sends thirty',
    behaviour: { open: beginsWith((log) => log.slice(-30)) },
    target: { firstConnection: { last: 5 } },
    breaks: 'reconnect/first-connection-start',
  },
];

/** For streams that resume: sends head and greeting, and leaves the rest to the caller. */
function begun(stream: PlainStream, server: PlainServer): void {
  sendStreamHead(stream, server.behaviour);
  write(stream, server, server.behaviour.greeting);
}

function replayInto(stream: PlainStream, server: PlainServer, events: readonly PlainEvent[]): void {
  if (!stream.socket.destroyed) write(stream, server, ...events.map(server.behaviour.encode));
}

function laterThan(delayMs: number, stream: PlainStream, work: () => void): void {
  const timer = setTimeout(work, delayMs);
  stream.socket.on('close', () => clearTimeout(timer));
}

const replayDefects: readonly Defect[] = [
  {
    name: 'reads its log, and listens to what is new a moment after that',
    behaviour: {
      open: (stream, server) => {
        const id = lastEventIdOf(stream);
        if (id === '') openPlainStream(stream, server);
        else {
          begun(stream, server);
          replayInto(stream, server, server.behaviour.replay(id, server));
          laterThan(10, stream, () => server.streams.add(stream));
        }
      },
    },
    breaks: 'reconnect/seamless-replay',
    alsoBreaks: ['delivery/any-history'],
  },
  {
    name: 'listens to what is new, and reads its log a moment after that',
    behaviour: {
      open: (stream, server) => {
        const id = lastEventIdOf(stream);
        if (id === '') openPlainStream(stream, server);
        else {
          begun(stream, server);
          server.streams.add(stream);
          laterThan(10, stream, () => replayInto(stream, server, server.behaviour.replay(id, server)));
        }
      },
    },
    breaks: 'reconnect/seamless-replay',
    alsoBreaks: ['reconnect/exact-resume', 'delivery/any-history'],
  },
  {
    name: 'closes a stream that has more than a hundred events to make up for',
    behaviour: {
      open: (stream, server) => {
        const id = lastEventIdOf(stream);
        if (id === '' || server.behaviour.replay(id, server).length <= 100) openPlainStream(stream, server);
        else {
          begun(stream, server);
          stream.socket.end();
        }
      },
    },
    breaks: 'reconnect/resumes-progress',
  },
  {
    name: 'stops a replay at the first event above 32 KiB',
    behaviour: {
      open: (stream, server) => {
        const missed = missedSince(lastEventIdOf(stream), server.log) ?? [];
        const at = missed.findIndex(({ data }) => data.length > 32_768);
        if (at < 0) openPlainStream(stream, server);
        else {
          begun(stream, server);
          replayInto(stream, server, missed.slice(0, at));
          stream.socket.end();
        }
      },
    },
    breaks: 'reconnect/resumes-progress',
    alsoBreaks: ['security/hostile-last-event-id'],
  },
  {
    name: 'ends each stream after a while, and drops what comes in the moment after that',
    behaviour: rotates(1500, (server) => {
      const { length } = server.log;
      setTimeout(() => server.log.splice(length), 50);
    }),
    target: { lifetime: 1500 },
    breaks: 'reconnect/rotation-loses-nothing',
    alsoBreaks: [
      'reconnect/exact-resume',
      'reconnect/seamless-replay',
      'reconnect/resumes-progress',
      'delivery/any-history',
    ],
  },
  {
    name: 'ends its streams when asked to, and drops what comes in the moment after that',
    behaviour: {
      answer: (request, server) => {
        const answer = endingStreams('')(request, server);
        const { length } = server.log;
        if (answer) setTimeout(() => server.log.splice(length), 50);
        return answer;
      },
    },
    target: (url) => ({ endStream: `${url}/end` }),
    breaks: 'reconnect/rotation-loses-nothing',
  },
];

/** Ends each stream that much later. */
function rotates(lifeMs: number, atEnd: (server: PlainServer) => void = () => undefined) {
  return {
    open: (stream: PlainStream, server: PlainServer): void => {
      openPlainStream(stream, server);
      laterThan(lifeMs, stream, () => {
        server.streams.delete(stream);
        if (stream.chunked) stream.socket.end('0\r\n\r\n');
        else stream.socket.end();
        atEnd(server);
      });
    },
  };
}

/** Servers that are wrong in how they take back a client. */
export const reconnectingDefects: readonly Defect[] = [
  ...headerDefects,
  ...unknownIdDefects,
  ...idDefects,
  ...replayDefects,
];
