import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = { needs: ['mvn', 'java'], build: 'mvn -q -B package', onlyWithAll: true };

export default defineTarget({
  name: 'Spring WebFlux',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'exec java -jar target/server.jar --server.port={port}', cwd: import.meta.dirname },
  // A buffer of 100 events for each stream; then the oldest are dropped.
  slowPolicy: 'drop',
});
