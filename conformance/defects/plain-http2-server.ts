import { createServer, type Socket } from 'node:net';
import { type PlainRequest, type PlainServer, type PlainStream, refusePlainStream } from './plain-server.ts';

/**
 * HTTP/2 with prior knowledge in front of a plain server, frame by frame, so that a planted defect can send any of them.
 * Streams by HTTP/2 are streams of the plain server; every other request is left to its HTTP/1.1. It shares nothing with
 * the judge.
 */

export interface Http2Peer {
  readonly socket: Socket;
  readonly streams: Map<number, Http2Subscriber>;
  /** Bytes of DATA that the client takes now on all streams together. */
  credit: number;
  /** The same for each new stream. */
  initialCredit: number;
  /** A stream that could not send all it had. */
  blocked: boolean;
}

export interface Http2Subscriber {
  readonly id: number;
  readonly peer: Http2Peer;
  readonly plain: PlainStream;
  credit: number;
  /** Bytes that wait for credit. */
  pending: Buffer;
  ended: boolean;
}

/** What the server does at each point; every member has a correct default. */
export interface Http2Behaviour {
  readonly settings: readonly (readonly [id: number, value: number])[];
  /** Streams above this number are refused on each connection, whatever the settings say. */
  readonly maxStreams: number;
  readonly fields: (fields: [string, string][], request: ReadonlyMap<string, string>) => [string, string][];
  /** The frames that carry a header block. */
  readonly head: (id: number, block: Buffer) => Buffer;
  /** Frames before anything else of a stream. */
  readonly prelude: (id: number) => Buffer;
  /** A frame of DATA. */
  readonly data: (id: number, bytes: Buffer) => Buffer;
  /** The client sent RST_STREAM. */
  readonly reset: (stream: Http2Subscriber, server: PlainServer) => void;
  /** Sends what credit allows. */
  readonly flush: (stream: Http2Subscriber, behaviour: Http2Behaviour) => void;
  /** Milliseconds after which a stream ends; 0 is never. */
  readonly lifetimeMs: number;
  /** The last frames of a stream. */
  readonly end: (stream: Http2Subscriber) => void;
  /** What is said before the connection closes. */
  readonly farewell: (peer: Http2Peer) => Buffer;
}

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
  continuation: 9,
} as const;

export function frame(type: number, flags: number, id: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A header block of literals without index. */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text);
  const rest = bytes.length - 127;
  const length = rest < 0 ? [bytes.length] : rest < 128 ? [127, rest] : [127, (rest & 127) | 128, rest >> 7];
  return Buffer.concat([Buffer.from(length), bytes]);
}

const correct: Http2Behaviour = {
  settings: [[3, 250]],
  maxStreams: 250,
  fields: (fields) => fields,
  head: (id, bytes) => frame(frameType.headers, 4, id, bytes),
  prelude: () => Buffer.alloc(0),
  data: (id, bytes) => frame(frameType.data, 0, id, bytes),
  reset: forget,
  flush: sendPending,
  lifetimeMs: 0,
  end: ({ id, peer }) => void peer.socket.write(frame(frameType.data, 1, id)),
  farewell: ({ streams }) =>
    frame(frameType.goAway, 0, 0, Buffer.concat([uint32(Math.max(0, ...streams.keys())), uint32(0)])),
};

/** Takes a stream off the server's list. */
export function forget(stream: Http2Subscriber, server: PlainServer): void {
  stream.peer.streams.delete(stream.id);
  server.behaviour.gone(stream.plain, server);
}

/** As much of what waits as the credit of stream and connection allows. */
export function sendPending(stream: Http2Subscriber, behaviour: Http2Behaviour): void {
  const { peer } = stream;
  for (;;) {
    const size = Math.min(stream.pending.length, stream.credit, peer.credit, 16_000);
    if (size <= 0) return;
    const bytes = behaviour.data(stream.id, stream.pending.subarray(0, size));
    // All but the frame's head counts, padding too.
    const used = bytes.length - 9;
    stream.pending = stream.pending.subarray(size);
    stream.credit -= used;
    peer.credit -= used;
    peer.socket.write(bytes);
  }
}

export interface Http2Front {
  readonly url: string;
  readonly port: number;
  /** Ends the streams by HTTP/2 and their connections; resolves when those of HTTP/1.1 are closed too. */
  stop(): Promise<void>;
}

/** Listens on an ephemeral port of 127.0.0.1 for HTTP/2 and HTTP/1.1. */
export function startHttp2Front(
  server: PlainServer,
  defect: Partial<Http2Behaviour> = {},
  port = 0,
): Promise<Http2Front> {
  const behaviour = { ...correct, ...defect };
  const peers = new Set<Http2Peer>();
  /** Who has said nothing yet. */
  const unknown = new Set<Socket>();
  const listener = createServer((socket) => {
    unknown.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => unknown.delete(socket));
    socket.once('data', (first: Buffer) => {
      unknown.delete(socket);
      socket.pause();
      socket.unshift(first);
      if (first.toString('latin1').startsWith('PRI *')) peers.add(greet(socket, server, behaviour, peers));
      else server.accept(socket);
      socket.resume();
    });
  });
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', 4096, () => {
      const address = listener.address();
      const bound = typeof address === 'object' && address ? address.port : 0;
      resolve({
        port: bound,
        url: `http://127.0.0.1:${bound}`,
        stop: () => {
          for (const socket of unknown) socket.destroy();
          for (const peer of peers) {
            peer.socket.write(behaviour.farewell(peer));
            for (const stream of [...peer.streams.values()]) {
              behaviour.end(stream);
              forget(stream, server);
            }
            peer.socket.destroySoon();
          }
          return new Promise((done) => {
            listener.close(() => done());
          });
        },
      });
    });
  });
}

function greet(socket: Socket, server: PlainServer, behaviour: Http2Behaviour, peers: Set<Http2Peer>): Http2Peer {
  const peer: Http2Peer = { socket, streams: new Map(), credit: 65_535, initialCredit: 65_535, blocked: false };
  const settings = Buffer.concat(
    behaviour.settings.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), uint32(value)])),
  );
  socket.write(frame(frameType.settings, 0, 0, settings));
  let pending = Buffer.alloc(0);
  let preface = 24;
  socket.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    if (preface > 0) {
      if (pending.length < preface) return;
      pending = pending.subarray(preface);
      preface = 0;
    }
    while (pending.length >= 9 && pending.length >= 9 + pending.readUIntBE(0, 3)) {
      const end = 9 + pending.readUIntBE(0, 3);
      take(pending[3] ?? 0, pending[4] ?? 0, pending.readUInt32BE(5), pending.subarray(9, end));
      pending = pending.subarray(end);
    }
  });
  socket.on('close', () => {
    peers.delete(peer);
    for (const stream of [...peer.streams.values()]) forget(stream, server);
  });
  const take = (type: number, flags: number, id: number, payload: Buffer): void => {
    const stream = peer.streams.get(id);
    if (type === frameType.headers) open(peer, id, readBlock(payload), server, behaviour);
    if (type === frameType.reset && stream) behaviour.reset(stream, server);
    if (type === frameType.ping && (flags & 1) === 0) socket.write(frame(frameType.ping, 1, 0, payload));
    if (type === frameType.settings && (flags & 1) === 0) {
      for (let at = 0; at < payload.length; at += 6) {
        if (payload.readUInt16BE(at) === 4) peer.initialCredit = payload.readUInt32BE(at + 2);
      }
      socket.write(frame(frameType.settings, 1, 0));
    }
    if (type === frameType.window) {
      const bytes = payload.readUInt32BE(0);
      if (id === 0) peer.credit += bytes;
      else if (stream) stream.credit += bytes;
      for (const one of peer.streams.values()) behaviour.flush(one, behaviour);
    }
  };
  return peer;
}

function open(
  peer: Http2Peer,
  id: number,
  fields: ReadonlyMap<string, string>,
  server: PlainServer,
  behaviour: Http2Behaviour,
): void {
  if (peer.streams.size >= behaviour.maxStreams) {
    peer.socket.write(frame(frameType.reset, 0, id, uint32(7)));
    return;
  }
  const url = new URL(fields.get(':path') ?? '/', 'http://server');
  const status = url.pathname === '/stream' ? refusePlainStream(server) : 404;
  if (status !== undefined) {
    peer.socket.write(frame(frameType.headers, 5, id, block([[':status', String(status)]])));
    return;
  }
  const wire = {
    get destroyed() {
      return stream.ended || peer.socket.destroyed;
    },
    get writableLength() {
      return stream.pending.length;
    },
    bytesWritten: 0,
    end: () => endSubscriber(stream, server, behaviour),
    destroy: () => {
      peer.socket.write(frame(frameType.reset, 0, id, uint32(8)));
      forget(stream, server);
    },
    write: (bytes: Uint8Array) => {
      wire.bytesWritten += bytes.length;
      stream.pending = Buffer.concat([stream.pending, bytes]);
      behaviour.flush(stream, behaviour);
    },
  };
  const plain: PlainStream = {
    socket: wire as unknown as Socket,
    chunked: false,
    request: {
      method: 'GET',
      path: url.pathname,
      query: url.searchParams,
      version: '1.1',
      fields,
    } as unknown as PlainRequest,
  };
  const stream: Http2Subscriber = {
    id,
    peer,
    plain,
    credit: peer.initialCredit,
    pending: Buffer.alloc(0),
    ended: false,
  };
  peer.streams.set(id, stream);
  const ordinary: [string, string][] = [
    [':status', '200'],
    ['content-type', 'text/event-stream'],
    ['cache-control', 'no-store, no-transform'],
  ];
  const head = behaviour.fields(ordinary, fields);
  peer.socket.write(Buffer.concat([behaviour.prelude(id), behaviour.head(id, block(head))]));
  server.behaviour.write(Buffer.from(server.behaviour.greeting), plain);
  server.streams.add(plain);
  if (behaviour.lifetimeMs === 0) return;
  setTimeout(() => endSubscriber(stream, server, behaviour), behaviour.lifetimeMs);
}

function endSubscriber(stream: Http2Subscriber, server: PlainServer, behaviour: Http2Behaviour): void {
  if (!stream.peer.streams.has(stream.id)) return;
  stream.ended = true;
  behaviour.end(stream);
  forget(stream, server);
}

/** The fields of a request, which the harness sends as literals. */
function readBlock(bytes: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  let at = 0;
  const text = (): string => {
    let length = bytes[at] ?? 0;
    at += 1;
    if (length === 127) {
      length += (bytes[at] ?? 0) & 127;
      at += 1;
      if (((bytes[at - 1] ?? 0) & 128) !== 0) {
        length += (bytes[at] ?? 0) << 7;
        at += 1;
      }
    }
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  while (at < bytes.length) {
    at += 1;
    const name = text();
    fields.set(name, text());
  }
  return fields;
}
