// Run by src/in-tests/vitest.test.ts, in a vitest of its own whose hooks have less time than this server takes.
import { setTimeout } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { type PlainServer, startPlainServer } from '../defects/plain-server.ts';
import { describeConformance } from '../src/in-tests/vitest.ts';

let server: PlainServer | undefined;
afterAll(() => server?.close());

describeConformance(
  async () => {
    await setTimeout(500);
    server = await startPlainServer();
    return { stream: `${server.url}/stream` };
  },
  { rule: ['http/not-cacheable'], seed: 1 },
);
