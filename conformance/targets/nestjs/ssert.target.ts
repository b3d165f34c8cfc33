import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = {
  needs: ['npm'],
  build: '../../../node_modules/.bin/tsc -p .',
  onlyWithAll: true,
};

export default defineTarget({
  name: 'NestJS',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'exec node dist/nestjs/main.js {port}', cwd: import.meta.dirname },
});
