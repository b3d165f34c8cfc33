import { fastifySSE } from '@fastify/sse';
import fastify from 'fastify';

export const app = fastify({ bodyLimit: 4 * 1024 * 1024, forceCloseConnections: true });
await app.register(fastifySSE);

const streams = new Set();

app.get('/events', { sse: 'only' }, async (_request, reply) => {
  reply.sse.keepAlive();
  reply.sse.sendHeaders();
  streams.add(reply.sse);
  reply.sse.onClose(() => streams.delete(reply.sse));
});

app.post('/publish', async (request, reply) => {
  const { data, event, id, retry } = request.body;
  for (const stream of streams) stream.send({ data, event, id, retry }).catch((error) => app.log.error(error));
  return reply.code(204).send();
});

app.get('/stats', async () => ({ openStreams: streams.size }));
