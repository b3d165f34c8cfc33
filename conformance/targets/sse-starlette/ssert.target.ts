import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = {
  needs: ['python3'],
  build:
    'test -x .venv/bin/uvicorn || { python3 -m venv .venv && .venv/bin/pip install -q --no-deps -r requirements.txt; }',
};

export default defineTarget({
  name: 'sse-starlette on uvicorn',
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'exec .venv/bin/python server.py {port}', cwd: import.meta.dirname },
});
