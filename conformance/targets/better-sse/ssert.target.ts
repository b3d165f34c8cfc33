import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = { needs: ['npm'], onlyWithAll: true };

export default defineTarget({
  name: 'better-sse',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'node server.ts {port}', cwd: import.meta.dirname },
});
