import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { runHere } from '../../testing/run-here.ts';

describe('wrong usage is told in one line', () => {
  test.each<[args: string[], message: RegExp]>([
    [['saturate', 'http://localhost:1/'], /--publish is missing/],
    [['saturate', 'http://localhost:1/', '--publish', 'https://localhost:1/'], /--publish is .*verifies no TLS/],
    [['saturate', 'http://localhost:1/', '--publish', 'http://localhost:1/', '--rate', '5'], /--rate/],
    [['finite', 'http://localhost:1/', '--streams', '3', '--connections', '4'], /--streams is 3; give .* from 4 up/],
    [['finite', 'http://localhost:1/', '--longest', '60d'], /--longest/],
    [['finite'], /give TARGET/],
  ])('%j', async (args, message) => {
    const { code, complaints } = await runHere(['bench', ...args]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(code).toBe(2);
  });
});

test('both tell what they found, and exit 0 or, on a busy machine, 3', async () => {
  const server = createServer((request, response) => {
    if (request.method === 'POST') response.writeHead(204).end();
    else response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('data: a\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    const [saturated, finite] = await Promise.all([
      runHere(['bench', 'saturate', url, '--publish', url, '--connections', '2', '--duration', '1s']),
      runHere(['bench', 'finite', url, '--connections', '2', '--streams', '4']),
    ]);
    expect(saturated.stdout).toMatch(/publishes\/s|^invalid: /);
    expect(saturated.stdout).toMatch(/^answers 204: \d+/m);
    expect(finite.stdout).toContain('4 of 4 streams ended, 0 were cut, 0 answers were no event stream');
    for (const { code, stdout } of [saturated, finite]) expect(code).toBe(/^invalid: /m.test(stdout) ? 3 : 0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
