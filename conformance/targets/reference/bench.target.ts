import { join } from 'node:path';
import { defineTarget } from '@ssert/conformance';

const serve = 'node --conditions=@ssert/source cli/src/main.ts serve --port {port} --events --max-streams 20000';

/** The reference server on a core of its own, with its generic channel: what `npm run bench` measures. */
export default defineTarget({
  name: 'reference server',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/events',
  process: { start: `exec taskset -c 0 ${serve}`, cwd: join(import.meta.dirname, '../../..') },
});
