import type { Defect } from './judge-defect.ts';
import { openPlainStream, type PlainEvent, type PlainServer, type PlainStream } from './plain-server.ts';

const lagBytes = 1024 * 1024;

/** Resolves when a reader has taken what was waiting for it, or has left. */
function drained({ socket }: PlainStream): Promise<void> {
  if (socket.destroyed || socket.writableLength < lagBytes) return Promise.resolve();
  return new Promise((resolve) => {
    for (const event of ['drain', 'close'] as const) socket.once(event, () => resolve());
  });
}

const turns = new WeakMap<PlainServer, Promise<void>>();

/** Writes a frame when all that was to be written before, on whatever stream, is on its way. */
function writeInTurn(frame: Uint8Array, stream: PlainStream, server: PlainServer): void {
  const before = turns.get(server) ?? Promise.resolve();
  const write = async (): Promise<void> => {
    server.behaviour.write(frame, stream);
    await drained(stream);
  };
  turns.set(server, before.then(write));
}

/** Answers a publish only when every reader has taken it. */
function publishAndWait(body: string, server: PlainServer, answer: (text: string) => void): void {
  const event = server.behaviour.identify(JSON.parse(body) as PlainEvent, server);
  server.log.push(event);
  const frame = Buffer.from(server.behaviour.encode(event));
  for (const stream of server.streams) server.behaviour.write(frame, stream);
  void Promise.all([...server.streams].map(drained)).then(() => {
    answer('HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}');
  });
}

/** Streams wait for one of these, as they do where each occupies a worker. */
const workers = 40;

export const stalledReaderDefects: readonly Defect[] = [
  {
    name: 'writes to one stream after the other and waits for the slowest',
    behaviour: { deliver: writeInTurn },
    breaks: 'backpressure/others-not-delayed',
  },
  {
    name: 'answers a publisher when every reader has taken the event',
    behaviour: {
      answer: ({ path, body, socket }, server) => {
        // What it refuses it refuses at once.
        if (path !== '/publish' || server.behaviour.refuse(JSON.parse(body), server) !== undefined) return undefined;
        publishAndWait(body, server, (text) => void socket.write(text));
        return 'no answer';
      },
    },
    breaks: 'backpressure/publisher-not-blocked',
  },
  {
    name: 'has a worker for each stream, and forty of them',
    behaviour: {
      open: (() => {
        const waiting: (() => void)[] = [];
        return (stream, server) => {
          const open = (): void => {
            if (!stream.socket.destroyed) openPlainStream(stream, server);
          };
          stream.socket.once('close', () => waiting.shift()?.());
          if (server.streams.size < workers) open();
          else waiting.push(open);
        };
      })(),
    },
    breaks: 'backpressure/idle-streams-answered',
    alsoBreaks: ['security/connection-limit'],
  },
  {
    name: 'breaks beside twenty idle streams',
    behaviour: {
      answer: ({ path, method }, { streams }) =>
        path === '/stream' && method === 'GET' && streams.size >= 20 ? { status: 500 } : undefined,
    },
    breaks: 'backpressure/idle-streams-answered',
    alsoBreaks: ['security/connection-limit'],
  },
  {
    name: 'has room for forty streams, and says for three hundred',
    behaviour: { maxStreams: 40 },
    breaks: 'backpressure/idle-streams-answered',
  },
];
