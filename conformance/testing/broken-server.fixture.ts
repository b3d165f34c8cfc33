// Run by src/in-tests/vitest.test.ts, in a vitest of its own.
import { afterAll } from 'vitest';
import { type PlainServer, startPlainServer } from '../defects/plain-server.ts';
import { describeConformance } from '../src/in-tests/vitest.ts';

let server: PlainServer | undefined;
afterAll(() => server?.close());

describeConformance(
  async () => {
    server = await startPlainServer({
      streamFields: (fields) =>
        fields
          .filter(([name]) => name !== 'X-Accel-Buffering')
          .map(([name, value]) => [name, value === 'text/event-stream' ? 'text/event-stream; charset=latin1' : value]),
    });
    return { stream: `${server.url}/stream` };
  },
  { rule: ['http/charset-utf-8', 'http/intermediary-directives', 'http/not-cacheable', 'http/cors-response'], seed: 1 },
);
