import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = {
  needs: ['go'],
  build: 'go build -buildvcs=false -o server .',
  onlyWithAll: true,
};

export default defineTarget({
  name: 'Go net/http by hand',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'exec ./server {port}', cwd: import.meta.dirname },
  // A channel of 16 events for each stream; what does not fit is dropped.
  slowPolicy: 'drop',
});
