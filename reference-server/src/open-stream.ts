import type { OutgoingHttpHeaders } from 'node:http';
import { type Clock, encodeComment } from '@ssert/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StreamEnd } from './channel.ts';
import { readLastEventId } from './last-event-id.ts';
import type { Subscriber } from './subscriber.ts';

/** No charset: an event stream is always UTF-8, and some clients compare the type as text. */
export const streamHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/** Sent with the header block: a proxy that waits for the first byte of the body passes both on. */
const openingComment = encodeComment(' open');

/**
 * Turns the reply into an event stream. The subscriber leaves as soon as the connection ends in any way, a client's
 * FIN included: who has closed the sending side of a stream has nothing more to read from it.
 */
export function openStream(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: {
    readonly clock: Clock;
    readonly subscribe: (end: StreamEnd) => Subscriber;
    readonly onConnectionError: () => void;
  },
): void {
  // Taken before the hijack, which forgets them; the CORS headers are among them.
  const headers = reply.headers(streamHeaders).getHeaders() as OutgoingHttpHeaders;
  reply.hijack();
  const { raw } = reply;
  const { socket } = request.raw;
  // The client left while the request was on its way here.
  if (!socket.writable) return;

  const openedMs = parts.clock.now();
  request.log.info({ client: request.ip, userAgent: request.headers['user-agent'] }, 'stream opened');
  // A stream is the last response of its connection, so that its end is the end of both.
  raw.shouldKeepAlive = false;
  raw.writeHead(200, headers);
  raw.write(openingComment);

  const subscriber = parts.subscribe({
    lastEventId: readLastEventId(request.headers['last-event-id']),
    sink: {
      write: (frames) => raw.write(frames.length === 1 ? frames[0] : Buffer.concat(frames)),
      end: () => raw.end(),
      cut: () => socket.destroy(),
    },
    onLeave: (reason, { sentEvents, droppedEvents }) => {
      if (reason === 'connection error') parts.onConnectionError();
      const durationMs = Math.round(parts.clock.now() - openedMs);
      request.log.info({ reason, durationMs, sentEvents, droppedEvents }, 'stream closed');
    },
  });
  raw.on('drain', () => subscriber.drained());
  // What goes wrong with the response goes wrong with its socket too, which is listened to below.
  raw.on('error', () => undefined);
  socket.on('error', () => subscriber.leave('connection error'));
  socket.on('close', () => subscriber.leave('client left'));
  socket.on('end', () => {
    subscriber.leave('client left');
    // Bytes that wait for a reader who stalled before it left would keep the connection for ever.
    socket.destroy();
  });
}
