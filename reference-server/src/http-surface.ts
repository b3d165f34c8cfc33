import cors from '@fastify/cors';
import type { Clock, Random } from '@ssert/protocol';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { StreamEnd } from './channel.ts';
import { maxEventBytes } from './event-feed.ts';
import type { Hub } from './hub.ts';
import { openStream, streamHeaders } from './open-stream.ts';
import { answerError } from './refusal.ts';
import type { ServerSettings } from './settings.ts';
import type { Subscriber } from './subscriber.ts';
import { usageRecord } from './usage-record.ts';

/** JSON may write each byte of data as `\u0000`. */
const eventBodyBytes = 6 * maxEventBytes + 16 * 1024;

const usageQuery = z.object({
  hours: z
    .string()
    .regex(/^-?\d+$/, 'give a whole number of hours')
    .default('1')
    .transform((digits) => (Number(digits) <= 0 ? 1 : Number(digits))),
});

/** One record or several; at most as many events of 100 records as a stream's queue holds by default. */
const usageBody = z.preprocess(
  (body) => (Array.isArray(body) ? body : [body]),
  z.array(usageRecord).min(1, 'give at least one record').max(1000, 'give at most 1000 records at once'),
);

const eventBody = z.strictObject({
  data: z.string(),
  event: z.string().exactOptional(),
  id: z.string().exactOptional(),
  retry: z.number().exactOptional(),
});

/** The routes over the hub, not yet listening. */
export async function httpSurface(parts: {
  readonly hub: Hub;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: FastifyBaseLogger;
}): Promise<FastifyInstance> {
  const { hub, settings } = parts;
  const { usage, events } = hub;
  const app = Fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    // For the request to arrive, which a stream's has.
    requestTimeout: 30_000,
    // A stalled stream holds this much beside its queue.
    http: { highWaterMark: 16 * 1024 },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, hub),
  }).withTypeProvider<ZodTypeProvider>();
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, hub));
  await app.register(cors, {
    origin: [...settings.allowedOrigins],
    strictPreflight: false,
    allowedHeaders: ['Last-Event-ID', 'Cache-Control', 'Authorization', 'Accept', 'Content-Type'],
    exposedHeaders: ['Retry-After'],
    maxAge: 600,
  });

  const methods = new Map([
    ['/usage/stream', 'GET, HEAD, OPTIONS'],
    ['/usage', 'POST, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
  ]);
  if (events) methods.set('/events', 'GET, HEAD, POST, OPTIONS');
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('Cache-Control', 'no-store');
    if (!request.is404) return done();
    // Answered before a body is read, which would be refused by its type first.
    const allowed = methods.get(request.url.split('?', 1)[0] ?? '');
    if (allowed === undefined) return reply.code(404).send({ error: 'there is nothing at this path' });
    return reply
      .code(405)
      .header('Allow', allowed)
      .send({ error: `this path takes ${allowed}` });
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (hub.isStopping) reply.header('Connection', 'close');
    // A 204 has none (RFC 9110 8.6), whatever the CORS plugin says.
    if (reply.statusCode === 204) reply.removeHeader('Content-Length');
    done();
  });

  const stream = (request: FastifyRequest, reply: FastifyReply, subscribe: (end: StreamEnd) => Subscriber): void => {
    if (request.method === 'HEAD') {
      reply.headers(streamHeaders).send();
    } else if (hub.isFull) {
      // Spread, so that those who are sent away do not all come back in the same second.
      const retryAfterSeconds = 5 + Math.floor(parts.random.next() * 11);
      reply.code(503).header('Retry-After', retryAfterSeconds).send({ error: 'too many streams are open' });
    } else {
      openStream(request, reply, { clock: parts.clock, subscribe, onConnectionError: () => hub.countError() });
    }
  };

  app.get('/health', () => hub.health);
  app.route({
    method: ['GET', 'HEAD'],
    url: '/usage/stream',
    schema: { querystring: usageQuery },
    handler: (request, reply) => stream(request, reply, (end) => usage.subscribe(request.query.hours, end)),
  });
  app.post('/usage', { schema: { body: usageBody } }, (request, reply) => {
    usage.publish(request.body);
    reply.code(202).send({ accepted: request.body.length });
  });
  if (events) {
    app.route({
      method: ['GET', 'HEAD'],
      url: '/events',
      handler: (request, reply) => stream(request, reply, (end) => events.subscribe(end)),
    });
    app.post('/events', { schema: { body: eventBody }, bodyLimit: eventBodyBytes }, (request, reply) => {
      reply.code(202).send({ id: events.publish(request.body) });
    });
  }
  return app;
}
