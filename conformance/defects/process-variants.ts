import { appendFileSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { coders, compressing } from './compressing.ts';
import { frame, frameType, type Http2Behaviour, uint32 } from './plain-http2-server.ts';
import {
  type Behaviour,
  encodePlainEvent,
  endPlainStream,
  openPlainStream,
  type PlainEvent,
  type PlainRequest,
  type PlainServer,
  putOnWire,
  sendStreamHead,
} from './plain-server.ts';

/** What a plain server does that only shows where it is a process of its own. */
export interface ProcessVariant {
  readonly behaviour?: Partial<Behaviour>;
  /** How it speaks HTTP/2, where it does. */
  readonly http2?: Partial<Http2Behaviour>;
  /** What is in the log from an earlier life. */
  readonly log?: readonly PlainEvent[];
  /** Default: ends its streams and exits. `default` is the system's own: it dies. */
  readonly onSigterm?: 'default' | ((server: PlainServer) => unknown);
}

/** gzip for who takes it, and nothing else. */
const gzipping: Partial<Behaviour> = compressing({ coders: { gzip: coders.gzip } });

const isCompressed = ({ fields }: PlainRequest): boolean => fields.get('accept-encoding') === 'gzip';

/** Where a variant may keep what outlives it. */
interface Place {
  readonly port: number;
  readonly folder: string;
}

/** Whether a server has been at this place before; notes that now one has. */
function isLaterLife({ port, folder }: Place): boolean {
  const file = join(folder, `lived-${port}`);
  const isLater = existsSync(file);
  writeFileSync(file, '');
  return isLater;
}

/** Events that a server with one of these variants replays. */
export const processReplay = 500;

let given = 0;

/** Ids that no other life of the server gives, and a log that ends. */
export const withLivesOwnIds: Partial<Behaviour> = { identify: identifiedBy((n) => `${process.pid}-${n}`) };

const countedFromOne: Partial<Behaviour> = { identify: identifiedBy(String) };

function identifiedBy(idOf: (n: number) => string): Behaviour['identify'] {
  return (event, { log }) => {
    given += 1;
    if (log.length >= processReplay) log.shift();
    return { ...event, id: event.id ?? idOf(given) };
  };
}

const kib = 1024;
const held: unknown[] = [];

const isStream = ({ method, path }: PlainRequest): boolean => method === 'GET' && path === '/stream';

/** The id that a subscription resumes by, where the log does not hold it. */
function unknownId(request: PlainRequest, { log }: PlainServer): string | undefined {
  const id = request.fields.get('last-event-id') ?? '';
  return !isStream(request) || id === '' || log.some((event) => event.id === id) ? undefined : id;
}

const unavailable = { status: 503, body: 'not now' } as const;

/** Servers by the word that `start-plain-server.ts` is given. */
export const processVariants: Readonly<Record<string, (place: Place) => ProcessVariant>> = {
  correct: () => ({}),

  'ignores-sigterm': () => ({ onSigterm: () => undefined }),
  'waits-for-its-streams': () => ({ onSigterm: waitForStreams }),
  'dies-at-once': () => ({ onSigterm: 'default' }),
  'resets-its-streams': () => ({
    onSigterm: async ({ streams }) => {
      for (const { socket } of streams) socket.resetAndDestroy();
      await setTimeout(20);
      process.exit(0);
    },
  }),
  'spoils-its-checksums': () => ({
    behaviour: gzipping,
    onSigterm: async (server) => {
      // The last block, empty, and a trailer (RFC 1952 2.3.1) that fits no stream that said anything.
      const end = Buffer.from([0x03, 0x00, 1, 2, 3, 4, 5, 6, 7, 8]);
      for (const stream of server.streams) if (isCompressed(stream.request)) putOnWire(end, stream);
      await server.drain();
      process.exit(0);
    },
  }),
  'never-ends-its-coding': () => ({ behaviour: gzipping }),
  'ends-inside-an-event': () => ({
    onSigterm: async (server) => {
      for (const stream of server.streams) putOnWire(Buffer.from('data: half'), stream);
      await server.drain();
      process.exit(0);
    },
  }),
  'refuses-while-it-drains': () => {
    let drains = false;
    return {
      behaviour: { answer: (request) => (drains && isStream(request) ? unavailable : undefined) },
      onSigterm: async (server) => {
        drains = true;
        await setTimeout(300);
        await server.drain();
        process.exit(0);
      },
    };
  },
  'refuses-while-it-starts': ({ port, folder }) => {
    const file = join(folder, `ended-${port}`);
    const readyAtMs = performance.now() + (existsSync(file) ? 500 : 0);
    return {
      behaviour: {
        answer: (request) => (performance.now() < readyAtMs && isStream(request) ? unavailable : undefined),
      },
      onSigterm: async (server) => {
        writeFileSync(file, '');
        await server.drain();
        process.exit(0);
      },
    };
  },
  'goes-on-for-a-while': () => ({
    onSigterm: async (server) => {
      await setTimeout(300);
      await server.drain();
      process.exit(3);
    },
  }),
  'ends-by-closing': () => ({ behaviour: { chunked: () => false } }),
  'ends-one-by-one': () => ({
    onSigterm: async (server) => {
      for (const { socket, chunked } of [...server.streams]) {
        socket.end(
          `${chunked ? 'd\r\n' : ''}retry: ${1000 + Math.floor(Math.random() * 8999)}\n\n${chunked ? '\r\n0\r\n\r\n' : ''}`,
        );
        await setTimeout(5);
      }
      server.streams.clear();
      await server.drain();
      process.exit(0);
    },
  }),

  'tells-some-to-come-back-never': () => {
    let opened = 0;
    return {
      behaviour: {
        open: (stream, server) => {
          openPlainStream(stream, server);
          opened += 1;
          const retry = opened % 2 === 0 ? '1000' : '9'.repeat(310);
          putOnWire(Buffer.from(`retry: ${retry}\n\n`), stream);
        },
      },
    };
  },

  'counts-from-one-again': () => ({ behaviour: countedFromOne }),
  'sends-only-what-is-above-the-id': () => ({
    behaviour: {
      ...countedFromOne,
      replay: (id, { log }) => log.filter((event) => Number(event.id) > Number(id)),
      deliver: (frame, stream, { behaviour, log }) => {
        const from = Number(stream.request.fields.get('last-event-id') ?? 0);
        if (!(Number(log.at(-1)?.id) <= from)) behaviour.write(frame, stream);
      },
    },
  }),
  'fails-on-an-unknown-id': () => ({
    behaviour: {
      answer: (request, server) => (unknownId(request, server) === undefined ? undefined : { status: 500 }),
    },
  }),
  'refuses-an-unknown-id': () => ({
    behaviour: {
      answer: (request, server) => (unknownId(request, server) === undefined ? undefined : { status: 400 }),
    },
  }),
  'sheds-some-who-resume': () => {
    let count = 0;
    return {
      behaviour: {
        answer: (request, server) => {
          if (unknownId(request, server) === undefined) return undefined;
          count += 1;
          return count % 10 === 3 || count % 10 === 4 ? unavailable : undefined;
        },
      },
    };
  },
  'says-gone-to-an-unknown-id': () => ({
    behaviour: {
      answer: (request, server) => (unknownId(request, server) === undefined ? undefined : { status: 204 }),
    },
  }),
  'ends-after-an-unknown-id': () => ({
    behaviour: {
      chunked: () => false,
      open: (stream, server) => {
        if (unknownId(stream.request, server) === undefined) {
          openPlainStream(stream, server);
          return;
        }
        sendStreamHead(stream, server.behaviour);
        const id = server.log.at(-1)?.id ?? 'begin';
        putOnWire(Buffer.from(encodePlainEvent({ event: 'reset', data: 'all', id })), stream);
        endPlainStream(stream, server);
      },
    },
  }),
  'closes-after-400-ms': () => ({
    behaviour: {
      heartbeat: '',
      chunked: () => false,
      open: (stream, server) => {
        openPlainStream(stream, server);
        void setTimeout(400).then(() => endPlainStream(stream, server));
      },
    },
  }),
  'replays-all-to-an-unknown-id': () => ({
    behaviour: {
      replay: (id, { log }) => log.slice(log.findIndex((event) => event.id === id) + 1),
    },
  }),
  'replays-the-last-four-to-an-unknown-id': () => ({
    behaviour: {
      ...countedFromOne,
      replay: (_, { log }) => log.slice(-4),
    },
  }),
  'tells-what-it-does-not-know': () => ({
    behaviour: {
      ...countedFromOne,
      replay: (_, { log }) => [{ event: 'reset', data: 'all' }, ...log.slice(-3)],
    },
  }),
  durable: ({ port, folder }) => {
    const file = join(folder, `log-${port}`);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    let stored = lines.length;
    return {
      log: lines.slice(-processReplay).map((line) => JSON.parse(line) as PlainEvent),
      behaviour: {
        identify: (event, { log }) => {
          stored += 1;
          const identified = { ...event, id: event.id ?? String(stored) };
          appendFileSync(file, `${JSON.stringify(identified)}\n`);
          // The file keeps all, the process what it promises.
          if (log.length >= processReplay) log.shift();
          return identified;
        },
      },
    };
  },
  'deaf-in-later-lives': (place) => (isLaterLife(place) ? { behaviour: { deliver: () => undefined } } : {}),

  'repeats-itself-in-later-lives': (place) => {
    const twice: Behaviour['deliver'] = (frame, stream, { behaviour }) => {
      for (let count = 0; count < 2; count += 1) behaviour.write(frame, stream);
    };
    return isLaterLife(place) ? { behaviour: { deliver: twice } } : {};
  },

  'stores-its-log-at-its-end': ({ port, folder }) => {
    const file = join(folder, `stored-${port}`);
    const log = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PlainEvent[]) : [];
    given = log.length;
    return {
      log,
      behaviour: countedFromOne,
      onSigterm: async (server) => {
        await setTimeout(1300);
        writeFileSync(file, JSON.stringify(server.log));
        await server.drain();
        process.exit(0);
      },
    };
  },
  'goes-on-with-room-for-twenty': () => ({
    behaviour: { maxStreams: 20 },
    onSigterm: async (server) => {
      await setTimeout(300);
      await server.drain();
      process.exit(0);
    },
  }),

  http2: () => ({ http2: {} }),
  'http2-resets-at-shutdown': () => ({
    http2: { end: ({ id, peer }) => void peer.socket.write(frame(frameType.reset, 0, id, uint32(8))) },
  }),
  'http2-without-farewell': () => ({ http2: { farewell: () => Buffer.alloc(0) } }),
  'http2-cut-at-shutdown': () => ({ http2: { end: () => undefined } }),

  'keeps-what-a-stream-needed': () => ({
    behaviour: {
      open: (stream, server) => {
        held.push(Buffer.alloc(256 * kib, 1));
        openPlainStream(stream, server);
      },
    },
  }),
  'opens-a-file-for-each-stream': () => ({
    behaviour: {
      open: (stream, server) => {
        held.push(openSync('/dev/null', 'r'));
        openPlainStream(stream, server);
      },
    },
  }),
  'fills-a-cache': () => ({
    behaviour: {
      open: (stream, server) => {
        if (held.length < 600) held.push(Buffer.alloc(256 * kib, 1));
        openPlainStream(stream, server);
      },
    },
  }),
  'opens-a-pool-of-files': () => ({
    behaviour: {
      open: (stream, server) => {
        if (held.length < 350) held.push(openSync('/dev/null', 'r'));
        openPlainStream(stream, server);
      },
    },
  }),

  'dies-of-a-reset': () => ({
    behaviour: {
      open: (stream, server) => {
        stream.socket.on('error', (error) => {
          throw error;
        });
        openPlainStream(stream, server);
      },
    },
  }),
  'ends-a-neighbour': () => ({
    behaviour: {
      gone: (stream, { streams }) => {
        streams.delete(stream);
        const [oldest] = streams;
        oldest?.socket.destroy();
      },
    },
  }),
  'leaves-promises-rejected': () => {
    process.on('unhandledRejection', (error) => {
      process.stderr.write(`Unhandled rejection: ${String(error)}\n`);
    });
    return {
      behaviour: {
        gone: (stream, { streams }) => {
          streams.delete(stream);
          void Promise.reject(new Error('write after end'));
        },
      },
    };
  },
  'says-that-clients-leave': () => ({
    behaviour: {
      gone: (stream, { streams }) => {
        streams.delete(stream);
        process.stderr.write('info: client left (ECONNRESET)\n');
      },
    },
  }),

  'keeps-every-event': () => ({
    behaviour: {
      identify: (event, server) => {
        held.push(Buffer.from(event.data));
        return withLivesOwnIds.identify?.(event, server) ?? event;
      },
    },
  }),

  'queues-without-bound': () => ({
    behaviour: { deliver: (frame, stream, { behaviour }) => behaviour.write(frame, stream) },
  }),
  'sends-only-small-events': () => ({
    behaviour: {
      deliver: (frame, stream, { behaviour }) => {
        if (frame.length < kib) behaviour.write(frame, stream);
      },
    },
  }),
};

/** Lets streams go on until their clients leave. */
async function waitForStreams({ streams }: PlainServer): Promise<void> {
  while (streams.size > 0) await setTimeout(10);
  process.exit(0);
}
