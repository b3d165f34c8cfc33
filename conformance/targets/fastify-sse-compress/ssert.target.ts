import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = { needs: ['npm'], onlyWithAll: true };

export default defineTarget({
  name: '@fastify/sse with @fastify/compress',
  // As browsers ask for it.
  stream: { url: 'http://127.0.0.1:{port}/events', headers: { 'Accept-Encoding': 'gzip, deflate, br' } },
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'exec node ../fastify-sse/server.ts {port} --compress', cwd: import.meta.dirname },
});
