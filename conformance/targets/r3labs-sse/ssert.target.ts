import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = {
  needs: ['go'],
  build: 'go build -buildvcs=false -o server .',
  onlyWithAll: true,
};

export default defineTarget({
  name: 'r3labs/sse',
  stream: 'http://127.0.0.1:{port}/events?stream=messages',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'exec ./server {port}', cwd: import.meta.dirname },
  refusedUrls: ['http://127.0.0.1:{port}/events?stream=no-such-stream'],
});
