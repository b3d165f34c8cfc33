import type { Clock } from '@ssert/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerSettings } from '../settings.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { Metrics } from './metrics.ts';
import { tokenCheck } from './publish-token.ts';
import { refuse } from './refusal.ts';

/** What a request wants to publish. */
export interface Publication {
  readonly channel: string;
  /** How many events it makes. */
  readonly events: number;
  /** Publishes them. @returns what to answer */
  readonly send: () => Promise<unknown>;
}

/** What stands before every publication: who may, and how much. */
export interface Publishing {
  /** A hook of Fastify's, before the body is read. */
  readonly authorize: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;
  readonly publish: (request: FastifyRequest, reply: FastifyReply, publication: Publication) => Promise<FastifyReply>;
}

/** @param mostEvents the most that one publication makes: it must fit into a burst */
export function publishing({
  settings: { publishRate, publishToken },
  clock,
  metrics,
  mostEvents,
}: {
  readonly settings: Pick<ServerSettings, 'publishRate' | 'publishToken'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly mostEvents: number;
}): Publishing {
  const rate = publishRate === 0 ? undefined : new TokenBucket(clock, publishRate, Math.max(publishRate, mostEvents));
  const check = publishToken === '' ? undefined : tokenCheck(publishToken);
  return {
    authorize(request, reply, done) {
      const reason = check?.(request.headers.authorization);
      if (reason === undefined) {
        done();
        return;
      }
      reply.header('WWW-Authenticate', `Bearer realm="publish"${reason === 'missing' ? '' : `, error="${reason}"`}`);
      refuse(request, reply, 401, { error: 'publishing needs this header: Authorization: Bearer TOKEN' });
    },
    async publish(request, reply, { channel, events, send }) {
      const waitMs = rate?.take(events) ?? 0;
      if (waitMs > 0) {
        reply.header('Retry-After', Math.ceil(waitMs / 1000));
        return refuse(request, reply, 429, { error: `more than ${publishRate} events a second are published` });
      }
      const startedMs = clock.now();
      const answer = await send();
      metrics.countPublish(channel, clock.now() - startedMs);
      return reply.code(202).send(answer);
    },
  };
}
