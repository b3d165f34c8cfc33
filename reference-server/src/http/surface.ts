import type { OutgoingHttpHeaders } from 'node:http';
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
import type { StreamEnd } from '../channel.ts';
import { maxEventBytes } from '../event-feed.ts';
import type { Hub } from '../hub.ts';
import type { ServerSettings } from '../settings.ts';
import type { LeaveReason, Subscriber } from '../subscriber.ts';
import { usageRecord } from '../usage-record.ts';
import type { DirectStream } from './direct-listener.ts';
import { answerError } from './refusal.ts';
import { streamHeaders, streamResponse, varyWith } from './stream-response.ts';

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

/** What listens is given: the routes, and what needs none of them. */
export interface HttpSurface {
  readonly app: FastifyInstance;
  /** For {@link serveDirectly}: the paths of streams. */
  readonly directStreams: ReadonlyMap<string, DirectStream>;
}

/** The routes over the hub, not yet listening. */
export async function httpSurface(parts: {
  readonly hub: Hub;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: FastifyBaseLogger;
}): Promise<HttpSurface> {
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

  /** The subscription, its beginning and end told in the log and its connection errors counted. */
  const watched = (asked: Readonly<Record<string, unknown>>, subscribe: (end: StreamEnd) => Subscriber) => {
    const openedMs = parts.clock.now();
    return (end: StreamEnd): Subscriber => {
      parts.log.info(asked, 'stream opened');
      const onLeave = (reason: LeaveReason, { sentEvents, droppedEvents }: Subscriber): void => {
        if (reason === 'connection error') hub.countError();
        const durationMs = Math.round(parts.clock.now() - openedMs);
        parts.log.info({ ...asked, reason, durationMs, sentEvents, droppedEvents }, 'stream closed');
      };
      return subscribe({ ...end, onLeave });
    };
  };

  const stream = (
    request: FastifyRequest,
    reply: FastifyReply,
    subscribe: (end: StreamEnd) => Subscriber,
    asked: Readonly<Record<string, unknown>> = {},
  ): void => {
    if (settings.compress) reply.header('Vary', varyWith(reply.getHeader('vary'), 'Accept-Encoding'));
    if (request.method === 'HEAD') {
      reply.headers(streamHeaders).send();
    } else if (hub.isFull) {
      // Spread, so that those who are sent away do not all come back in the same second.
      const retryAfterSeconds = 5 + Math.floor(parts.random.next() * 11);
      reply.code(503).header('Retry-After', retryAfterSeconds).send({ error: 'too many streams are open' });
    } else {
      // Taken before the hijack, which forgets them; the CORS headers are among them.
      const headers = reply.getHeaders() as OutgoingHttpHeaders;
      reply.hijack();
      const who = { client: request.ip, userAgent: request.headers['user-agent'], ...asked };
      const { compress } = settings;
      streamResponse(request.raw, reply.raw, { headers, compress, subscribe: watched(who, subscribe) });
    }
  };

  app.get('/health', () => hub.health);
  app.route({
    method: ['GET', 'HEAD'],
    url: '/usage/stream',
    schema: { querystring: usageQuery },
    handler: (request, reply) => {
      const { hours } = request.query;
      stream(request, reply, (end) => usage.subscribe(hours, end), { hours });
    },
  });
  app.post('/usage', { schema: { body: usageBody } }, async (request, reply) => {
    await usage.publish(request.body);
    return reply.code(202).send({ accepted: request.body.length });
  });
  if (events) {
    app.route({
      method: ['GET', 'HEAD'],
      url: '/events',
      handler: (request, reply) => stream(request, reply, (end) => events.subscribe(end)),
    });
    app.post('/events', { schema: { body: eventBody }, bodyLimit: eventBodyBytes }, async (request, reply) => {
      return reply.code(202).send({ id: await events.publish(request.body) });
    });
  }

  /** The stream at a path as its route would answer, where nothing is asked beyond what `subscriptionOf` understands. */
  const direct = async (path: string, subscriptionOf: DirectSubscription): Promise<[string, DirectStream]> => {
    const { headers } = await app.inject({ method: 'HEAD', url: path });
    const own = Object.entries(headers).filter(([name]) => !/^(date|connection|content-length|keep-alive)$/.test(name));
    const open: DirectStream['open'] = (query, who) => {
      const wanted = hub.isFull ? undefined : subscriptionOf(query);
      return wanted && watched({ ...who, ...wanted.asked }, wanted.subscribe);
    };
    return [path, { fields: Object.fromEntries(own) as Record<string, string>, compress: settings.compress, open }];
  };
  const directStreams = new Map([
    await direct('/usage/stream', (query) => {
      const hours = query === '' ? 1 : Number(/^hours=([1-9]\d{0,5})$/.exec(query)?.[1]);
      return Number.isNaN(hours) ? undefined : { subscribe: (end) => usage.subscribe(hours, end), asked: { hours } };
    }),
  ]);
  if (events) {
    const [path, served] = await direct('/events', (query) =>
      query === '' ? { subscribe: (end) => events.subscribe(end), asked: {} } : undefined,
    );
    directStreams.set(path, served);
  }
  return { app, directStreams };
}

/** Opens a stream for a query string; undefined leaves it to the route. */
type DirectSubscription = (
  query: string,
) => { subscribe: (end: StreamEnd) => Subscriber; asked: Readonly<Record<string, unknown>> } | undefined;
