import { defineTarget } from '@ssert/conformance';
import type { Preparation } from '../preparation.ts';

export const preparation: Preparation = { needs: ['nginx', '/usr/lib/nginx/modules/ngx_nchan_module.so'] };

export default defineTarget({
  name: 'nginx with Nchan',
  stream: 'http://127.0.0.1:{port}/sub?id=news',
  // The data is the body as it is; the event type goes in a header. Nchan makes the ids itself.
  publish: {
    url: 'http://127.0.0.1:{port}/pub?id=news',
    headers: { 'Content-Type': 'text/plain', 'X-EventSource-Event': '{{event}}' },
    body: '{{data}}',
  },
  stats: { command: "curl -s http://127.0.0.1:{port}/nchan_stub_status | sed -n 's/^subscribers: //p'" },
  process: { start: 'exec sh start.sh {port}', cwd: import.meta.dirname },
  // Each channel keeps the last 10 messages unless told otherwise.
  replay: 10,
  // Who asks for no event stream gets a long poll.
  dual: true,
});
