import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { StreamEnd } from '../channel.ts';
import type { LeaveReason, Subscriber } from '../subscriber.ts';
import { acceptsGzip } from './accepts-gzip.ts';
import { readLastEventId } from './last-event-id.ts';
import { firstBytes, sinkOver, type Wire } from './sinks.ts';
import { openingComment, streamHeaders } from './stream-head.ts';

export { streamHeaders } from './stream-head.ts';

export interface StreamOptions {
  /** Opens the stream in a channel; called at most once. */
  readonly subscribe: (end: StreamEnd) => Subscriber;
  /** Beside {@link streamHeaders} and what is set on the response already, such as those of CORS. */
  readonly headers?: OutgoingHttpHeaders;
  /** Compresses for clients that take gzip. Default false. */
  readonly compress?: boolean;
  /** The id to resume behind. Default: that of the Last-Event-ID header. */
  readonly lastEventId?: string | undefined;
  /** Called once, when the stream is over. */
  readonly onLeave?: ((reason: LeaveReason, subscriber: Subscriber) => void) | undefined;
}

/**
 * Answers a request of `node:http` or `node:http2` with an event stream. The subscriber leaves as soon as the connection
 * ends in any way, a client's FIN included: who has closed the sending side of a stream has nothing more to read from it.
 * @returns undefined when the client had left before the stream could begin
 */
export function streamResponse(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  { subscribe, headers, compress = false, lastEventId, onLeave }: StreamOptions,
): Subscriber | undefined {
  const gzip = compress && acceptsGzip(request.headers['accept-encoding']);
  const all = { ...headers, ...streamHeaders, ...(gzip && { 'Content-Encoding': 'gzip' }) };
  const end = {
    lastEventId: lastEventId ?? readLastEventId(request.headers['last-event-id']),
    ...(onLeave && { onLeave }),
  };
  if (isHttp2(response)) {
    const { stream } = response;
    if (stream === undefined || stream.destroyed) return undefined;
    const coding = { gzip, chunked: false };
    setHeaders(response, all);
    response.writeHead(200);
    response.write(firstBytes(openingComment, coding));
    const wire = { ...wireOf(response), destroy: () => stream.close(constants.NGHTTP2_CANCEL) };
    const subscriber = subscribe({ ...end, sink: sinkOver(wire, coding, openingComment) });
    // Not the response, which says nothing of errors.
    follow(stream, subscriber);
    return subscriber;
  }
  const { socket } = request as IncomingMessage;
  // The client left while the request was on its way here.
  if (!socket.writable) return undefined;
  // A stream is the last response of its connection, so that its end is the end of both.
  response.shouldKeepAlive = false;
  setHeaders(response, all);
  response.writeHead(200);
  // One that waits for the response before it on the connection has to go through node:http, and so has one whose
  // writing somebody has wrapped, to see or change the body.
  const direct = response.socket === socket && response.write === ServerResponse.prototype.write;
  const coding = { gzip, chunked: direct && response.useChunkedEncodingByDefault };
  response.write(firstBytes(openingComment, { gzip, chunked: false }));
  const wire = direct ? socket : { ...wireOf(response), destroy: () => socket.destroy() };
  const subscriber = subscribe({ ...end, sink: sinkOver(wire, coding, openingComment) });
  if (direct) {
    response.on('error', ignore);
    followSocket(socket, subscriber);
  } else {
    follow(response, subscriber);
    socket.on('close', () => subscriber.leave('client left'));
  }
  return subscriber;
}

/** The socket's stream; one for each socket, so that the listeners are shared by all. */
const streamOf: unique symbol = Symbol('the stream of this socket');

type StreamSocket = Socket & { [streamOf]?: Subscriber };

/** Tells the subscriber what happens to its socket. */
export function followSocket(socket: StreamSocket, subscriber: Subscriber): void {
  socket[streamOf] = subscriber;
  socket.on('drain', onDrain);
  socket.on('error', onError);
  socket.on('close', onClose);
  socket.on('end', onEnd);
}

function onDrain(this: StreamSocket): void {
  this[streamOf]?.drained();
}

function onError(this: StreamSocket): void {
  this[streamOf]?.leave('connection error');
}

function onClose(this: StreamSocket): void {
  this[streamOf]?.leave('client left');
}

function onEnd(this: StreamSocket): void {
  this[streamOf]?.leave('client left');
  // Bytes that wait for a reader who stalled before it left would keep the connection for ever.
  this.destroy();
}

function follow(wire: ServerResponse | ServerHttp2Stream, subscriber: Subscriber): void {
  wire.on('drain', () => subscriber.drained());
  wire.on('error', () => subscriber.leave('connection error'));
  wire.on('close', () => subscriber.leave('client left'));
}

function ignore(): void {}

/** One by one, as names that differ in their case would both be sent. */
export function setHeaders(
  response: ServerResponse | Http2ServerResponse,
  headers: Readonly<OutgoingHttpHeaders>,
): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value);
  }
}

function wireOf(response: ServerResponse | Http2ServerResponse): Omit<Wire, 'destroy'> {
  return {
    write: (bytes) => (response as ServerResponse).write(bytes),
    end: (bytes?: Uint8Array) => (response as ServerResponse).end(bytes),
  };
}

function isHttp2(response: ServerResponse | Http2ServerResponse): response is Http2ServerResponse {
  return 'stream' in response;
}

/** A Vary field (RFC 9110 12.5.5) with one more name. */
export function varyWith(vary: OutgoingHttpHeaders[string], name: string): string {
  return vary === undefined || vary === '' ? name : `${vary}, ${name}`;
}
