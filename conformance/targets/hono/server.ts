// Hono's streamSSE() on @hono/node-server, as the Streaming Helper page describes.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { readPublishedEvent } from '../published-event.ts';

const port = Number(process.argv[2]);
const app = new Hono();
const streams = new Set<SSEStreamingApi>();

app.get('/events', (c) =>
  streamSSE(c, async (stream) => {
    streams.add(stream);
    // The stream is closed when this callback ends, so it waits until the client has left.
    await new Promise<void>((resolve) => stream.onAbort(resolve));
    streams.delete(stream);
  }),
);

app.post('/publish', async (c) => {
  const body = await c.req.json().catch(() => undefined);
  const published = readPublishedEvent(body);
  if (typeof published === 'string') return c.json({ error: published }, 400);
  // writeSSE() refuses a bad value at once, and otherwise resolves when the reader keeps up: nobody waits for that.
  const writes = Promise.all([...streams].map((stream) => stream.writeSSE(published)));
  const settled = new Promise<void>((resolve) => setImmediate(resolve));
  try {
    await Promise.race([writes, settled]);
  } catch (error) {
    return c.json({ error: String(error) }, 422);
  }
  return c.body(null, 204);
});

app.get('/stats', (c) => c.json({ openStreams: streams.size }));

serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, () => console.log(`hono listens on http://127.0.0.1:${port}`));
