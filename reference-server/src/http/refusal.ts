import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { RefusedEvent } from '../event-feed.ts';
import { LogUnavailable } from '../event-log.ts';

/** Answers what the caller can change; a publisher's failure is told in the log too, for whoever looks closely. */
export function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  content: { readonly error: string; readonly field?: string | undefined },
): FastifyReply {
  if (request.method === 'POST') {
    request.log.debug({ client: request.ip, path: request.routeOptions.url, status, ...content }, 'publish refused');
  }
  return reply.code(status).send(content);
}

/** Answers an error as JSON: what the caller can change, and nothing of the server's inside. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  count: { countError(): void },
): void {
  if (error instanceof RefusedEvent) {
    refuse(request, reply, error.status, { error: error.message, field: error.field });
    return;
  }
  if (error instanceof LogUnavailable) {
    // Not the server's fault nor the caller's, and what to do is to try again.
    request.log.warn(error);
    reply.header('Retry-After', 1);
    refuse(request, reply, 503, { error: 'the event log is out of reach: what was posted may be lost' });
    return;
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const path = (first?.instancePath ?? '').split('/').filter((step) => step !== '');
    const { keys } = first?.params ?? {};
    const field = Array.isArray(keys) ? String(keys[0]) : path.findLast((step) => !/^\d+$/.test(step));
    const message = `${path.length > 0 ? `${path.join('.')}: ` : ''}${first?.message}`;
    refuse(request, reply, 400, { error: message, ...(field !== undefined && { field }) });
    return;
  }
  const status = statusOf(error);
  if (status !== undefined) {
    refuse(request, reply, status, { error: (error as Error).message });
    return;
  }
  count.countError();
  request.log.error(error);
  reply.code(500).send({ error: 'the server failed' });
}

/** The status of an error that the request is to blame for. */
function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
