import { serve } from '@hono/node-server';
import server from './web.ts';

const listener = serve({ fetch: server.fetch, port: Number(process.argv[2] ?? 8080), hostname: '127.0.0.1' });

process.once('SIGTERM', async () => {
  listener.close();
  await server.close();
});
