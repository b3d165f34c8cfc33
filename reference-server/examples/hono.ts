import { serve } from '@hono/node-server';
import { createFeed, openStream, type RefusedEvent } from '@ssert/server/web';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';

const feed = await createFeed({ maxStreams: 500 });
const app = new Hono();

app.get('/events', (context) => openStream(feed, context.req.raw));
app.post('/events', bodyLimit({ maxSize: 8e6 }), async (context) => {
  return context.json({ id: await feed.publish(await context.req.json()) }, 202);
});
app.get('/stats', (context) => context.json({ openStreams: feed.openStreams }));
app.onError((error, context) =>
  context.json({ error: error.message }, (error as RefusedEvent).status === 409 ? 409 : 400),
);

serve({ fetch: app.fetch, port: Number(process.argv[2] ?? 8080), hostname: '127.0.0.1' });
