import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Feed } from '../feed.ts';
import { setHeaders } from '../http/stream-response.ts';
import { answerWithoutStream } from './answer-without-stream.ts';
import { type NodeStreamOptions, stream } from './node.ts';

/** Answers a request of Fastify like `openStream` for `node:http`; headers that the reply has are kept. */
export function openStream(
  feed: Feed,
  request: FastifyRequest,
  reply: FastifyReply,
  { headers = {}, ...options }: NodeStreamOptions = {},
): FastifyReply {
  reply.headers(headers);
  const answer = answerWithoutStream(feed, request.method);
  if (answer !== undefined) return reply.code(answer.status).headers(answer.headers).send(answer.body);
  // Before the hijack, which forgets them; those of CORS are among them.
  setHeaders(reply.raw, reply.getHeaders() as OutgoingHttpHeaders);
  reply.hijack();
  stream(feed, request.raw, reply.raw, options);
  return reply;
}
