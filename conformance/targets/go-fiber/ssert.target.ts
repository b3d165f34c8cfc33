import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = { needs: ['go'], build: 'go build -buildvcs=false -o server .' };

export default defineTarget({
  name: 'Go Fiber v2',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'exec ./server {port}', cwd: import.meta.dirname },
  // A channel of 10 events for each stream; what does not fit is dropped.
  slowPolicy: 'drop',
  // The server sends these by itself: the first event of every stream, and one each 30 s.
  heartbeatEvent: ['connected', 'heartbeat'],
});
