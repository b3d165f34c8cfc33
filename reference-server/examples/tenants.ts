import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createFeed, openStream, type RefusedEvent } from '@ssert/server/node';

/**
 * A tenant's token opens its own streams, and no other's. A stream lives half a minute at most, as a proxy in front may
 * want it: its client comes back and resumes. Without the token streams end and none is opened.
 */
interface Tenant {
  readonly feed: Awaited<ReturnType<typeof createFeed>>;
  /** Aborts where its open streams shall end. */
  streams: AbortController;
}

const lifeMs = 30_000;
const tenants = new Map<string, Tenant>();
for (const token of ['token-of-alice', 'token-of-bob']) {
  tenants.set(token, { feed: await createFeed({ maxStreams: 500 }), streams: new AbortController() });
}

const server = createServer(async (request, response) => {
  const answer = (status: number, body: unknown, headers = {}) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  const path = request.url?.split('?', 1)[0];
  if (path === '/stats') {
    return answer(200, { openStreams: [...tenants.values()].reduce((sum, { feed }) => sum + feed.openStreams, 0) });
  }
  const [, token = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const tenant = tenants.get(token);
  if (!tenant) return answer(401, { error: 'give the token of a tenant' }, { 'WWW-Authenticate': 'Bearer' });
  const { feed } = tenant;
  switch (`${request.method} ${path}`) {
    case 'POST /events':
      // A body without a length is not read either: it could be endless.
      if (!(Number(request.headers['content-length']) <= 8e6)) return answer(413, { error: 'the body is too long' });
      try {
        return answer(202, { id: await feed.publish(JSON.parse(await text(request))) });
      } catch (error) {
        const { status = 400, message } = error as RefusedEvent;
        return answer(status, { error: message });
      }
    case 'DELETE /token':
      tenants.delete(token);
      feed.close();
      return response.writeHead(204).end();
    case 'DELETE /streams':
      tenant.streams.abort();
      tenant.streams = new AbortController();
      return response.writeHead(204).end();
    // What was there to send was sent: a client that is answered 204 does not come back.
    case 'GET /finished':
      return response.writeHead(204).end();
    default:
      if (path !== '/events') return answer(404, { error: 'there is nothing at this path' });
      return openStream(feed, request, response, {
        compress: true,
        signal: AbortSignal.any([tenant.streams.signal, AbortSignal.timeout(lifeMs)]),
      });
  }
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');

process.once('SIGTERM', () => {
  for (const { feed } of tenants.values()) feed.close();
  server.close();
});
