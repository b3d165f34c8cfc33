import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = { needs: ['cargo'], build: 'cargo build --locked --quiet' };

export default defineTarget({
  name: 'axum',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'exec target/debug/axum-target {port}', cwd: import.meta.dirname },
  // A channel of 100 messages for all; who lags behind loses the oldest.
  slowPolicy: 'drop',
});
