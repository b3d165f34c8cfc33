import type { OutgoingHttpHeaders, Server } from 'node:http';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
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
import type { Hub } from '../hub.ts';
import type { ServerSettings } from '../settings.ts';
import { retryAfterSeconds } from '../spread.ts';
import type { LeaveReason, Subscriber } from '../subscriber.ts';
import { eventsOfRecords } from '../usage-feed.ts';
import { usageRecord } from '../usage-record.ts';
import type { DirectStream } from './direct-listener.ts';
import { readLastEventId } from './last-event-id.ts';
import { answerClientError, type Listener } from './listener.ts';
import { Metrics } from './metrics.ts';
import { pageHeaders } from './page.ts';
import { publishing } from './publishing.ts';
import { answerError, refuse } from './refusal.ts';
import { comeBackIn } from './stream-head.ts';
import { streamHeaders, streamResponse, varyWith } from './stream-response.ts';

/** The most records that one publication takes: as many events of 100 as a stream's queue holds by default. */
const maxRecords = 1000;

/** The id to resume behind on a first connection; the header of one that comes back tells better. */
const lastEventId = z.string('give it once').optional();

const eventsQuery = z.object({ lastEventId });

const usageQuery = z.object({
  lastEventId,
  hours: z
    .string()
    .regex(/^-?\d+$/, 'give a whole number of hours')
    .default('1')
    .transform((digits) => (Number(digits) <= 0 ? 1 : Number(digits))),
});

const usageBody = z.preprocess(
  (body) => (Array.isArray(body) ? body : [body]),
  z.array(usageRecord).min(1, 'give at least one record').max(maxRecords, `give at most ${maxRecords} records at once`),
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
  readonly listener: Listener;
  /** What `GET /` answers, as HTML; undefined for nothing. */
  readonly page: string | undefined;
  /** Undefined for none, which costs nothing. */
  readonly log: FastifyBaseLogger | undefined;
}): Promise<HttpSurface> {
  const { hub, settings, clock, log, page } = parts;
  const { usage, events } = hub;
  const metrics = new Metrics(hub);
  const app = Fastify<Server>({
    ...(log && { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: parts.listener.serverFactory,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, hub),
  }).withTypeProvider<ZodTypeProvider>();
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, hub));
  await app.register(cors, corsOptions(settings));

  const methods = new Map([
    ['/usage/stream', 'GET, HEAD, OPTIONS'],
    ['/usage', 'POST, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
    ['/metrics', 'GET, HEAD, OPTIONS'],
  ]);
  if (events) methods.set('/events', 'GET, HEAD, POST, OPTIONS');
  if (page !== undefined) methods.set('/', 'GET, HEAD, OPTIONS');
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('Cache-Control', 'no-store');
    const path = request.routeOptions.url;
    if (hub.isStopping && path !== '/health') {
      const seconds = retryAfterSeconds(parts.random);
      if (request.method === 'GET' && (path === '/usage/stream' || path === '/events')) {
        return reply.headers(streamHeaders).send(comeBackIn(seconds));
      }
      reply.header('Retry-After', seconds);
      return refuse(request, reply, 503, { error: 'the server is shutting down' });
    }
    if (!request.is404) return done();
    // Answered before a body is read, which would be refused by its type first.
    const allowed = methods.get(request.url.split('?', 1)[0] ?? '');
    if (allowed === undefined) return reply.code(404).send({ error: 'there is nothing at this path' });
    return reply
      .code(405)
      .header('Allow', allowed)
      .send({ error: `this path takes ${allowed}` });
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    // HTTP/2 has no such field; there the end of the session is announced.
    if (hub.isStopping && request.raw.httpVersionMajor === 1) reply.header('Connection', 'close');
    // A 204 has none (RFC 9110 8.6), whatever the CORS plugin says.
    if (reply.statusCode === 204) reply.removeHeader('Content-Length');
    done();
  });

  /** The subscription, its beginning and end told in the log and counted. */
  const watched = (
    channel: string,
    asked: Readonly<Record<string, unknown>>,
    subscribe: (end: StreamEnd) => Subscriber,
  ) => {
    const openedMs = clock.now();
    return (end: StreamEnd): Subscriber => {
      log?.info({ channel, ...asked }, 'stream opened');
      const onLeave = (reason: LeaveReason, { sentEvents, droppedEvents }: Subscriber): void => {
        if (reason === 'connection error') hub.countError();
        const durationMs = Math.round(clock.now() - openedMs);
        metrics.countEnd(channel, reason, durationMs);
        log?.info({ channel, ...asked, reason, durationMs, sentEvents, droppedEvents }, 'stream closed');
      };
      return subscribe({ ...end, onLeave });
    };
  };

  const stream = (
    request: FastifyRequest,
    reply: FastifyReply,
    { channel, subscribe, lastEventId, ...asked }: AskedStream,
  ): void => {
    if (settings.compress) reply.header('Vary', varyWith(reply.getHeader('vary'), 'Accept-Encoding'));
    if (request.method === 'HEAD') {
      reply.headers(streamHeaders).send();
    } else if (hub.isFull) {
      reply
        .code(503)
        .header('Retry-After', retryAfterSeconds(parts.random))
        .send({ error: 'too many streams are open' });
    } else {
      // Taken before the hijack, which forgets them; the CORS headers are among them.
      const headers = reply.getHeaders() as OutgoingHttpHeaders;
      reply.hijack();
      const who = { client: request.ip, userAgent: request.headers['user-agent'], ...asked };
      streamResponse(request.raw, reply.raw, {
        headers,
        compress: settings.compress,
        // A client that reconnects asks for the same URL, and says in the header how far it came since.
        lastEventId: readLastEventId(request.headers['last-event-id']) ?? (lastEventId || undefined),
        subscribe: watched(channel, who, subscribe),
      });
    }
  };

  const { authorize, publish } = publishing({ settings, clock, metrics, mostEvents: eventsOfRecords(maxRecords) });

  if (page !== undefined) {
    const headers = pageHeaders(page);
    app.get('/', (_request, reply) => reply.headers(headers).send(page));
  }
  app.get('/health', (_request, reply) => {
    if (hub.isStopping) reply.code(503).header('Retry-After', retryAfterSeconds(parts.random));
    return hub.health;
  });
  app.get('/metrics', async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.text());
  });
  app.route({
    method: ['GET', 'HEAD'],
    url: '/usage/stream',
    schema: { querystring: usageQuery },
    handler: (request, reply) => {
      const { hours, lastEventId } = request.query;
      stream(request, reply, {
        channel: 'usage',
        subscribe: (end) => usage.subscribe(hours, end),
        lastEventId,
        hours,
      });
    },
  });
  app.post('/usage', { schema: { body: usageBody }, onRequest: authorize }, (request, reply) => {
    const { body: records } = request;
    const send = async () => {
      await usage.publish(records);
      return { accepted: records.length };
    };
    return publish(request, reply, { channel: 'usage', events: eventsOfRecords(records.length), send });
  });
  if (events) {
    app.route({
      method: ['GET', 'HEAD'],
      url: '/events',
      schema: { querystring: eventsQuery },
      handler: (request, reply) => {
        const { lastEventId } = request.query;
        stream(request, reply, { channel: 'events', subscribe: (end) => events.subscribe(end), lastEventId });
      },
    });
    // JSON may write each byte of data as `\u0000`.
    const bodyLimit = 6 * settings.maxEventBytes + 16 * 1024;
    app.post('/events', { schema: { body: eventBody }, bodyLimit, onRequest: authorize }, (request, reply) => {
      const send = async () => ({ id: await events.publish(request.body) });
      return publish(request, reply, { channel: 'events', events: 1, send });
    });
  }

  /** The stream at a path as its route would answer, where nothing is asked beyond what `subscriptionOf` understands. */
  const direct = async (
    path: string,
    channel: string,
    subscriptionOf: DirectSubscription,
  ): Promise<[string, DirectStream]> => {
    const { headers } = await app.inject({ method: 'HEAD', url: path });
    const own = Object.entries(headers).filter(([name]) => !/^(date|connection|content-length|keep-alive)$/.test(name));
    const open: DirectStream['open'] = (query, who) => {
      const wanted = hub.isFull || hub.isStopping ? undefined : subscriptionOf(query);
      return wanted && watched(channel, { ...who, ...wanted.asked }, wanted.subscribe);
    };
    return [path, { fields: Object.fromEntries(own) as Record<string, string>, compress: settings.compress, open }];
  };
  const directStreams = new Map([
    await direct('/usage/stream', 'usage', (query) => {
      const hours = query === '' ? 1 : Number(/^hours=([1-9]\d{0,5})$/.exec(query)?.[1]);
      return Number.isNaN(hours) ? undefined : { subscribe: (end) => usage.subscribe(hours, end), asked: { hours } };
    }),
  ]);
  if (events) {
    const [path, served] = await direct('/events', 'events', (query) =>
      query === '' ? { subscribe: (end) => events.subscribe(end), asked: {} } : undefined,
    );
    directStreams.set(path, served);
  }
  return { app, directStreams };
}

/** What a request for a stream asks for; what is not named here is for the log. */
interface AskedStream extends Readonly<Record<string, unknown>> {
  readonly channel: string;
  readonly subscribe: (end: StreamEnd) => Subscriber;
  readonly lastEventId: string | undefined;
}

function corsOptions({ allowedOrigins, corsCredentials }: ServerSettings): FastifyCorsOptions {
  const options: FastifyCorsOptions = {
    origin: [...allowedOrigins],
    strictPreflight: false,
    allowedHeaders: ['Last-Event-ID', 'Cache-Control', 'Authorization', 'Accept', 'Content-Type'],
    exposedHeaders: ['Retry-After'],
    maxAge: 600,
  };
  if (!corsCredentials) return options;
  // The plugin would tell every origin so.
  const isAllowed = (origin: string | undefined) => origin !== undefined && allowedOrigins.includes(origin);
  return {
    delegator: ({ headers }, done) => done(null, { ...options, credentials: isAllowed(headers.origin) }),
  };
}

/** Opens a stream for a query string; undefined leaves it to the route. */
type DirectSubscription = (
  query: string,
) => { subscribe: (end: StreamEnd) => Subscriber; asked: Readonly<Record<string, unknown>> } | undefined;
