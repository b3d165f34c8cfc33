import { createServer, type Socket } from 'node:net';

/**
 * A small server of event streams that keeps every rule, written on bare sockets so that a planted defect can put any
 * byte on the wire. It shares nothing with the judge. Each behaviour can be replaced; a defect replaces exactly one.
 */

export interface PlainRequest {
  readonly method: string;
  /** The request target as it came. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly version: '1.0' | '1.1';
  /** Request line and fields as they came, a character for each byte. */
  readonly head: string;
  /** Names in lower case, values as UTF-8 text. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
  readonly socket: Socket;
}

export interface PlainEvent {
  readonly data: string;
  readonly event?: string;
  readonly id?: string;
  readonly retry?: number | string;
}

export interface PlainAnswer {
  readonly status: number;
  readonly fields?: readonly (readonly [string, string])[];
  readonly body?: string;
}

export interface PlainStream {
  readonly socket: Socket;
  readonly chunked: boolean;
  readonly request: PlainRequest;
}

export interface PlainServer {
  readonly port: number;
  readonly url: string;
  /** Listeners that publishing reaches. */
  readonly streams: Set<PlainStream>;
  /** Events that can be replayed, ids filled in. */
  readonly log: PlainEvent[];
  readonly behaviour: Behaviour;
  /** Hands an event to every stream of its channel: that which the request names by `channel`, or the one without a name. */
  broadcast(event: PlainEvent, channel?: string): void;
  /** Takes no more connections, ends each stream by its framing, and resolves when all is closed. */
  drain(): Promise<void>;
  /** Serves a connection that another listener took. */
  accept(socket: Socket): void;
  close(): Promise<void>;
}

/** What the server does at each point; every member has a correct default. */
export interface Behaviour {
  readonly heartbeatMs: number;
  readonly heartbeat: string;
  /** A stream that has taken nothing for so long is cut, in ms; looked at with each heartbeat. */
  readonly stallMs: number;
  /** First bytes of each stream. */
  readonly greeting: string;
  /** Streams above this number are refused with 503. */
  readonly maxStreams: number;
  /** A header block above this many bytes is refused with 431. */
  readonly maxHeadBytes: number;
  /** Keeps its side of a connection open after the client has closed the other. */
  readonly halfOpen: boolean;
  /** Whether a stream to an HTTP/1.1 client is chunked; otherwise it is close-delimited. */
  readonly chunked: (request: PlainRequest) => boolean;
  /** Status line and fields of a stream's head. */
  readonly streamStatus: string;
  readonly streamFields: (fields: [string, string][], request: PlainRequest) => [string, string][];
  /** Answers anything but a stream; undefined falls through to the default answer. */
  readonly answer: (request: PlainRequest, server: PlainServer) => PlainAnswer | 'no answer' | 'stream' | undefined;
  /** Why an event is refused with 422, or undefined where it is taken. */
  readonly refuse: (event: PlainEvent, server: PlainServer) => string | undefined;
  /** The frame of an event, its blank line included. */
  readonly encode: (event: PlainEvent) => string | Uint8Array;
  /** Gives an accepted event its id. */
  readonly identify: (event: PlainEvent, server: PlainServer) => PlainEvent;
  /** Puts a frame on a stream. */
  readonly deliver: (frame: Uint8Array, stream: PlainStream, server: PlainServer) => void;
  /** What a new stream gets for its Last-Event-ID. */
  readonly replay: (lastEventId: string, server: PlainServer) => readonly PlainEvent[];
  /** Registers the stream and sends its head; called once the request is found to be a subscription. */
  readonly open: (stream: PlainStream, server: PlainServer) => void;
  /** Called when the connection of a stream is gone. */
  readonly gone: (stream: PlainStream, server: PlainServer) => void;
  /** Bytes of a stream on their way to the socket, framing not yet applied. */
  readonly write: (bytes: Uint8Array, stream: PlainStream) => void;
}

const allowedOrigin = 'http://app.example';
const mib = 1024 * 1024;

/** Lines of a text by the standard's three line ends. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

/** An event as it should be written. */
export function encodePlainEvent(event: PlainEvent): string {
  const fields: string[] = [];
  if (event.event !== undefined) fields.push(`event: ${event.event}\n`);
  if (event.id !== undefined) fields.push(`id: ${event.id}\n`);
  if (event.retry !== undefined) fields.push(`retry: ${event.retry}\n`);
  for (const line of linesOf(event.data)) fields.push(`data: ${line}\n`);
  return `${fields.join('')}\n`;
}

/** Why an event cannot be written; undefined where it can. */
export function refusePlainEvent(event: PlainEvent, server: PlainServer): string | undefined {
  if (/[\r\n]/.test(event.event ?? '')) return 'event has a line break';
  if (/[\r\n\0]/.test(event.id ?? '')) return 'id has a line break or NUL';
  if (/^\s|\s$/.test(event.id ?? '')) return 'id has a blank at an end, where headers have none';
  if (event.retry !== undefined && !/^[0-9]+$/.test(String(event.retry))) return 'retry is not a whole number';
  if (!event.data.isWellFormed()) return 'data is not Unicode text';
  if (Buffer.byteLength(encodePlainEvent(event)) > mib) return 'event is above 1 MiB';
  if (event.id !== undefined && server.log.some(({ id }) => id === event.id)) return 'id was used before';
  return undefined;
}

/** Bytes with this server's framing: chunked or bare. */
export function putOnWire(bytes: Uint8Array, stream: PlainStream): void {
  if (stream.socket.destroyed || bytes.length === 0) return;
  if (!stream.chunked) stream.socket.write(bytes);
  else
    stream.socket.write(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]));
}

/** Sends the head, the greeting and what was missed, and registers the stream, all in one tick. */
export function openPlainStream(stream: PlainStream, server: PlainServer): void {
  const { behaviour } = server;
  sendStreamHead(stream, behaviour);
  const lastEventId = stream.request.fields.get('last-event-id') ?? '';
  const missed = lastEventId === '' ? [] : behaviour.replay(lastEventId, server);
  behaviour.write(Buffer.from(behaviour.greeting), stream);
  for (const event of missed) behaviour.write(Buffer.from(behaviour.encode(event)), stream);
  server.streams.add(stream);
}

/** Sends status line and fields of a stream. */
export function sendStreamHead(stream: PlainStream, behaviour: Behaviour): void {
  const fields = behaviour.streamFields(
    [
      ['Content-Type', 'text/event-stream'],
      ['Cache-Control', 'no-store, no-transform'],
      ['X-Accel-Buffering', 'no'],
      ...corsFields(stream.request),
      ['Connection', 'close'],
      ...(stream.chunked ? ([['Transfer-Encoding', 'chunked']] satisfies [string, string][]) : []),
    ],
    stream.request,
  );
  stream.socket.write(
    `${behaviour.streamStatus}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
}

/** Ends a stream by its framing, and forgets it. */
export function endPlainStream(stream: PlainStream, { streams }: PlainServer): void {
  streams.delete(stream);
  stream.socket.end(stream.chunked ? '0\r\n\r\n' : '');
}

/** Answers `/end` by ending every open stream, each after these last words. */
export function endingStreams(lastWords: string): Behaviour['answer'] {
  return ({ path }, server) => {
    if (path !== '/end') return undefined;
    for (const stream of server.streams) {
      putOnWire(Buffer.from(lastWords), stream);
      endPlainStream(stream, server);
    }
    return { status: 200, body: '{}' };
  };
}

/** The CORS fields for a request's origin, where that is the allowed one. */
export function corsFields(request: PlainRequest): [string, string][] {
  const vary: [string, string][] = [['Vary', 'Origin']];
  return request.fields.get('origin') === allowedOrigin
    ? [['Access-Control-Allow-Origin', allowedOrigin], ...vary]
    : vary;
}

/** Events that the server promises to hold for replay. */
export const promisedReplay = 200;

/** Tells a client that its id is not among those held. */
export const historyLost: PlainEvent = { event: 'reset', data: 'not all that you missed is here' };

/** The events after an id; undefined where it is not among those held. */
export function missedSince(lastEventId: string, log: readonly PlainEvent[]): readonly PlainEvent[] | undefined {
  const held = log.slice(-promisedReplay - 1);
  const at = held.findIndex(({ id }) => id === lastEventId);
  return at < 0 ? undefined : held.slice(at + 1);
}

export const correctBehaviour: Behaviour = {
  heartbeatMs: 100,
  heartbeat: ':\n\n',
  stallMs: 30_000,
  greeting: ': hello\n\n',
  maxStreams: 300,
  maxHeadBytes: 16_384,
  halfOpen: false,
  chunked: ({ version }) => version === '1.1',
  streamStatus: 'HTTP/1.1 200 OK',
  streamFields: (fields) => fields,
  answer: () => undefined,
  refuse: refusePlainEvent,
  encode: encodePlainEvent,
  identify: (event, { log }) => ({ ...event, id: event.id ?? `auto-${log.length + 1}` }),
  deliver: (frame, stream, { behaviour }) => {
    // A reader that lags a mebibyte behind misses this event; nobody waits for it.
    if (stream.socket.writableLength < mib) behaviour.write(frame, stream);
  },
  replay: (lastEventId, { log }) => missedSince(lastEventId, log) ?? [historyLost],
  open: openPlainStream,
  gone: (stream, { streams }) => {
    streams.delete(stream);
  },
  write: putOnWire,
};

/**
 * Starts the server on an ephemeral port of 127.0.0.1.
 * @param defect the behaviours that differ from the correct ones
 */
export function startPlainServer(defect: Partial<Behaviour> = {}, port = 0): Promise<PlainServer> {
  const behaviour: Behaviour = { ...correctBehaviour, ...defect };
  const sockets = new Set<Socket>();
  const streams = new Set<PlainStream>();
  const log: PlainEvent[] = [];

  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    readRequests(socket, behaviour.maxHeadBytes, (request) => serve(request, server));
  };
  const listener = createServer({ allowHalfOpen: behaviour.halfOpen }, accept);
  const stalled = new Map<PlainStream, { taken: number; sinceMs: number }>();
  const heartbeat = setInterval(() => {
    for (const stream of streams) cutStalled(stream, stalled, behaviour.stallMs);
    if (behaviour.heartbeat === '') return;
    for (const stream of streams) behaviour.write(Buffer.from(behaviour.heartbeat), stream);
  }, behaviour.heartbeatMs);

  const server: PlainServer = {
    get port() {
      const address = listener.address();
      return typeof address === 'object' && address ? address.port : 0;
    },
    get url() {
      return `http://127.0.0.1:${this.port}`;
    },
    streams,
    log,
    behaviour,
    accept,
    broadcast: (event, channel) => {
      const frame = Buffer.from(behaviour.encode(event));
      for (const stream of streams) {
        if (channelOf(stream.request) === channel) behaviour.deliver(frame, stream, server);
      }
    },
    drain: () => {
      clearInterval(heartbeat);
      const ending = new Set([...streams].map(({ socket }) => socket));
      for (const stream of streams) endPlainStream(stream, server);
      for (const socket of sockets) if (!ending.has(socket)) socket.destroy();
      return new Promise((resolve) => {
        listener.close(() => resolve());
      });
    },
    close: () => {
      clearInterval(heartbeat);
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        listener.close(() => resolve());
      });
    },
  };
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', 4096, () => resolve(server));
  });
}

/** Bytes that were written and not handed to the system wait for the reader. */
function cutStalled(
  stream: PlainStream,
  stalled: Map<PlainStream, { taken: number; sinceMs: number }>,
  stallMs: number,
): void {
  const { socket } = stream;
  const taken = socket.bytesWritten - socket.writableLength;
  const last = stalled.get(stream);
  if (socket.writableLength === 0 || socket.destroyed) stalled.delete(stream);
  else if (last?.taken !== taken) stalled.set(stream, { taken, sinceMs: performance.now() });
  else if (performance.now() - last.sinceMs >= stallMs) socket.destroy();
}

function serve(request: PlainRequest, server: PlainServer): void {
  const { behaviour } = server;
  const special = behaviour.answer(request, server);
  if (special === 'no answer') return;
  const answer = special ?? defaultAnswer(request, server);
  if (answer !== 'stream') {
    sendAnswer(request, answer);
    return;
  }
  const stream = { socket: request.socket, chunked: behaviour.chunked(request), request };
  request.socket.on('close', () => behaviour.gone(stream, server));
  behaviour.open(stream, server);
}

function sendAnswer({ socket, method }: PlainRequest, { status, fields = [], body = '' }: PlainAnswer): void {
  const length = status === 204 ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const head = `HTTP/1.1 ${status} ${status < 400 ? 'OK' : 'Refused'}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}${length}\r\n`;
  socket.write(method === 'HEAD' ? head : head + body);
}

/** What a correct server answers. */
export function defaultAnswer(request: PlainRequest, server: PlainServer): PlainAnswer | 'stream' {
  const cors = corsFields(request);
  const json = (status: number, value: unknown, more: [string, string][] = []): PlainAnswer => ({
    status,
    fields: [['Content-Type', 'application/json'], ...cors, ...more],
    body: JSON.stringify(value),
  });
  switch (request.path) {
    case '/stats':
      return json(200, { openStreams: server.streams.size });
    case '/gone':
      return { status: 204, fields: cors };
    case '/publish':
      return publish(request, server, json);
    case '/stream':
      break;
    default:
      return json(404, { error: 'there is nothing here' });
  }
  switch (request.method) {
    case 'GET':
      if (request.query.has('topic') && request.query.get('topic') !== 'news')
        return json(400, { error: 'no such topic' });
      if (refusePlainStream(server) !== undefined)
        return json(503, { error: 'too many streams' }, [['Retry-After', '5']]);
      return 'stream';
    case 'HEAD':
      return {
        status: 200,
        fields: [['Content-Type', 'text/event-stream'], ['Cache-Control', 'no-store, no-transform'], ...cors],
      };
    case 'OPTIONS':
      return {
        status: 204,
        fields: [
          ...cors,
          ['Access-Control-Allow-Methods', 'GET'],
          ['Access-Control-Allow-Headers', 'Last-Event-ID, Cache-Control, Authorization, Accept'],
        ],
      };
    default:
      return json(405, { error: 'method not allowed' }, [['Allow', 'GET, HEAD, OPTIONS']]);
  }
}

function channelOf({ query }: PlainRequest): string | undefined {
  return query.get('channel') ?? undefined;
}

/** The status that a subscription is refused with; undefined where there is room. */
export function refusePlainStream({ streams, behaviour }: PlainServer): number | undefined {
  return streams.size >= behaviour.maxStreams ? 503 : undefined;
}

function publish(
  request: PlainRequest,
  server: PlainServer,
  json: (status: number, value: unknown) => PlainAnswer,
): PlainAnswer {
  const event = JSON.parse(request.body) as PlainEvent;
  const reason = server.behaviour.refuse(event, server);
  if (reason !== undefined) return json(422, { error: reason });
  const identified = server.behaviour.identify(event, server);
  server.log.push(identified);
  if (server.log.length > 20_000) server.log.shift();
  server.broadcast(identified, channelOf(request));
  return json(202, {});
}

/** Reads requests off a connection, one after the other. */
function readRequests(socket: Socket, maxHeadBytes: number, onRequest: (request: PlainRequest) => void): void {
  let pending = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let wanted = 0;
  const read = (): void => {
    for (;;) {
      const end = pending.indexOf('\r\n\r\n');
      if ((end < 0 ? pending.length : end) > maxHeadBytes) {
        socket.removeListener('data', take);
        socket.resume();
        socket.end('HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      if (end < 0) return;
      const head = pending.subarray(0, end).toString('latin1');
      const [requestLine = '', ...lines] = pending.subarray(0, end).toString('utf8').split('\r\n');
      const [method = '', target = '/', version = ''] = requestLine.split(' ');
      const fields = new Map(
        lines.map((line): [string, string] => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
      );
      const length = Number(fields.get('content-length') ?? 0);
      wanted = end + 4 + length;
      if (pending.length < wanted) return;
      const body = pending.subarray(end + 4, wanted).toString('utf8');
      pending = pending.subarray(wanted);
      wanted = 0;
      const url = URL.parse(target, 'http://server') ?? new URL('http://server/bad-target');
      onRequest({
        method,
        target,
        path: url.pathname,
        query: url.searchParams,
        head,
        version: version.endsWith('1.0') ? '1.0' : '1.1',
        fields,
        body,
        socket,
      });
    }
  };
  const take = (chunk: Buffer): void => {
    parts.push(chunk);
    const have = pending.length + parts.reduce((sum, part) => sum + part.length, 0);
    if (have < wanted) return;
    pending = Buffer.concat([pending, ...parts]);
    parts = [];
    read();
  };
  socket.on('data', take);
}
