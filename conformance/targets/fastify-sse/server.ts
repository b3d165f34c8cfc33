// @fastify/sse, as its README describes. With --text the plugin's `serializer` is the one that the README shows under
// "Custom Serialization"; the default sends every value as JSON. With --compress it stands beside @fastify/compress,
// registered for the whole application as its README shows.
import { fastifyCompress } from '@fastify/compress';
import { fastifySSE } from '@fastify/sse';
import fastify, { type FastifyReply } from 'fastify';
import { readPublishedEvent } from '../published-event.ts';

const port = Number(process.argv[2]);
const serializer = (data: unknown) => (typeof data === 'string' ? data : JSON.stringify(data));

const app = fastify({ bodyLimit: 16 * 1024 * 1024 });
if (process.argv.includes('--compress')) await app.register(fastifyCompress, { global: true });
await app.register(fastifySSE, process.argv.includes('--text') ? { serializer } : {});

const streams = new Set<FastifyReply['sse']>();

app.get('/events', { sse: 'only' }, async (_request, reply) => {
  reply.sse.keepAlive();
  reply.sse.sendHeaders();
  streams.add(reply.sse);
  reply.sse.onClose(() => streams.delete(reply.sse));
});

app.post('/publish', async (request, reply) => {
  const published = readPublishedEvent(request.body);
  if (typeof published === 'string') return reply.code(400).send({ error: published });
  for (const stream of streams) {
    // send() resolves when the reader keeps up; the others do not wait for it.
    stream.send(published).catch((error) => console.error(error));
  }
  return reply.code(204).send();
});

app.get('/stats', async () => ({ openStreams: streams.size }));

await app.listen({ port, host: '127.0.0.1' });
console.log(`@fastify/sse listens on http://127.0.0.1:${port}`);
