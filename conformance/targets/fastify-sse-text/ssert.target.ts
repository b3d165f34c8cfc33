import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = { needs: ['npm'], onlyWithAll: true };

export default defineTarget({
  name: '@fastify/sse, text serializer',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'node ../fastify-sse/server.ts {port} --text', cwd: import.meta.dirname },
});
