import { createFeed, type OutgoingEvent, openStream } from '@ssert/server/fastify';
import fastify from 'fastify';

const feed = await createFeed({ maxStreams: 500 });
const app = fastify({ bodyLimit: 8e6 });
// Fastify waits for every stream before it closes, so the streams end first.
app.addHook('preClose', async () => feed.close());

app.get('/events', (request, reply) => openStream(feed, request, reply));
app.post<{ Body: OutgoingEvent }>('/events', async (request, reply) => {
  return reply.code(202).send({ id: await feed.publish(request.body) });
});
app.get('/stats', () => ({ openStreams: feed.openStreams }));

await app.listen({ port: Number(process.argv[2] ?? 8080), host: '127.0.0.1' });
