import { join } from 'node:path';
import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = { needs: [] };

/** The reference server's generic channel, with all the access and promises that it has. */
export default defineTarget({
  name: 'reference server',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/events',
  stats: { url: 'http://127.0.0.1:{port}/health', pointer: '/activeConnections' },
  process: {
    start:
      'exec node --conditions=@ssert/source cli/src/main.ts serve --events --port {port} --max-streams 500 --compress --allowed-origin http://app.example',
    cwd: join(import.meta.dirname, '../../..'),
    alongside: true,
  },
  profile: ['live', 'resumable', 'browser'],
  replay: 1000,
  firstConnection: 'live',
  slowPolicy: 'drop',
  origin: 'http://app.example',
  capacity: 500,
  buffer: 256 * 1024,
  refusedUrls: ['http://127.0.0.1:{port}/usage/stream?hours=yesterday'],
});
