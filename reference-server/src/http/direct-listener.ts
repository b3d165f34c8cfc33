import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '@ssert/protocol';
import type { StreamEnd } from '../channel.ts';
import type { Subscriber } from '../subscriber.ts';
import { acceptsGzip } from './accepts-gzip.ts';
import { readLastEventId } from './last-event-id.ts';
import { tooSlow } from './listener.ts';
import { type Coding, firstBytes, sinkOver } from './sinks.ts';
import { openingComment } from './stream-head.ts';
import { followSocket } from './stream-response.ts';

/** A path whose plain subscriptions need no routing. */
export interface DirectStream {
  /** Fields of the response beside Date and what HTTP/1.1 needs, as the route itself sends them. */
  readonly fields: Readonly<Record<string, string>>;
  readonly compress: boolean;
  /**
   * Opens the stream; undefined leaves the request to the routes.
   * @param query what stands behind the question mark, '' where there is none
   */
  readonly open: (query: string, request: DirectRequest) => ((end: StreamEnd) => Subscriber) | undefined;
}

export interface DirectRequest {
  readonly client: string | undefined;
  readonly userAgent: string | undefined;
}

/**
 * Fields that change nothing about the answer, so that nobody need look at them. A request with any other, such as
 * Origin, Content-Length or Expect, goes to the routes.
 */
const plainFields =
  /^(?:host|accept|accept-encoding|accept-language|user-agent|last-event-id|cache-control|pragma|dnt|referer|priority|cookie|sec-[a-z-]+|connection)$/;

/** The longest request head that is looked at here, in bytes; far below what `node:http` takes. */
const longestHead = 4096;

/**
 * Serves the plainest subscriptions of an HTTP server straight from the socket: a GET by HTTP/1.1 whose head came whole,
 * without anything that would need thought. Everything else is handed to `node:http` untouched, so there is one parser
 * for what is not plain, and it is not ours. What is gained: a stream opens faster and holds less memory.
 * @param server not listening yet, with its own handling of connections in place
 * @param streams by path
 * @param headerMs how long a connection may say nothing; from its first bytes on `node:http` has its own deadlines
 */
export function serveDirectly(
  server: Server,
  streams: ReadonlyMap<string, DirectStream>,
  { clock, headerMs }: { readonly clock: Clock; readonly headerMs: number },
): void {
  const handlers = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const heads = new Heads(clock);

  // One function for all sockets: what each holds is counted in bytes here.
  function onFirstBytes(this: Socket, first: Buffer): void {
    letGo(this);
    const asked = readPlainRequest(first);
    const stream = asked && streams.get(asked.path);
    const open = asked && stream?.open(asked.query, { client: this.remoteAddress, userAgent: asked.userAgent });
    if (asked === undefined || stream === undefined || open === undefined) {
      toRoutes(this, first);
      return;
    }
    const coding = { gzip: stream.compress && acceptsGzip(asked.acceptEncoding), chunked: true };
    this.write(heads.of(stream, coding));
    const sink = sinkOver(this, coding, openingComment);
    // What else comes on this connection is not answered: it was announced to close with the stream (RFC 9112 9.6).
    this.resume();
    followSocket(this, open({ lastEventId: readLastEventId(asked.lastEventId), sink }));
  }
  function onSilence(this: Socket): void {
    this.end(tooSlow);
    this.destroySoon();
  }
  function onEnd(this: Socket): void {
    this.destroy();
  }
  function letGo(socket: Socket): void {
    socket.setTimeout(0, onSilence);
    socket.off('data', onFirstBytes);
    socket.off('end', onEnd);
    socket.off('error', ignore);
  }
  function toRoutes(socket: Socket, first: Buffer): void {
    socket.pause();
    socket.unshift(first);
    for (const handler of handlers) handler.call(server, socket);
    socket.resume();
  }

  server.on('connection', (socket: Socket) => {
    socket.setTimeout(headerMs, onSilence);
    socket.on('data', onFirstBytes);
    socket.on('end', onEnd);
    socket.on('error', ignore);
  });
}

function ignore(): void {}

/** A subscription as plain as can be. */
interface PlainRequest {
  readonly path: string;
  readonly query: string;
  readonly userAgent: string | undefined;
  readonly lastEventId: string | undefined;
  readonly acceptEncoding: string | undefined;
}

const requestLine = /^GET (\/[A-Za-z0-9/_.~-]*)(?:\?([A-Za-z0-9=&_.~%-]*))? HTTP\/1\.1$/;
/** A value's bytes, each as the character of the same number: no control characters, no space at either end. */
const fieldLine =
  /^([A-Za-z-]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff\t]*[\x21-\x7e\x80-\xff])?)?)[ \t]*$/;

/** @returns undefined where the bytes are anything else, a part of a head included */
export function readPlainRequest(bytes: Buffer): PlainRequest | undefined {
  if (bytes.length > longestHead) return undefined;
  const head = bytes.toString('latin1');
  // The end of the head and of what came: nothing follows it.
  if (head.indexOf('\r\n\r\n') !== head.length - 4) return undefined;
  const [first = '', ...lines] = head.slice(0, -4).split('\r\n');
  const [, path, query = ''] = requestLine.exec(first) ?? [];
  if (path === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = fieldLine.exec(line) ?? [];
    const known = name?.toLowerCase();
    if (known === undefined || !plainFields.test(known) || fields.has(known)) return undefined;
    fields.set(known, value);
  }
  if (!fields.get('host')) return undefined;
  if (!/^(keep-alive)?$/i.test(fields.get('connection') ?? '')) return undefined;
  return {
    path,
    query,
    userAgent: fields.get('user-agent'),
    lastEventId: fields.get('last-event-id'),
    acceptEncoding: fields.get('accept-encoding'),
  };
}

/** What streams begin with, made once a second for all that open in it: only the date changes. */
class Heads {
  readonly #clock: Clock;
  #second = -1;
  readonly #made = new Map<DirectStream, { plain: Buffer; gzip: Buffer }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(stream: DirectStream, { gzip }: Coding): Buffer {
    const second = Math.floor(this.#clock.wallTime() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#made.clear();
    }
    let made = this.#made.get(stream);
    if (made === undefined) {
      const date = new Date(second * 1000).toUTCString();
      const gzipFields = { ...stream.fields, 'content-encoding': 'gzip' };
      made = { plain: beginning(stream.fields, date, false), gzip: beginning(gzipFields, date, true) };
      this.#made.set(stream, made);
    }
    return gzip ? made.gzip : made.plain;
  }
}

/** Response head and first bytes of the body. */
function beginning(fields: Readonly<Record<string, string>>, date: string, gzip: boolean): Buffer {
  const all = { ...fields, date, connection: 'close', 'transfer-encoding': 'chunked' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`, 'latin1');
  return Buffer.concat([head, firstBytes(openingComment, { gzip, chunked: true })]);
}
