import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { CommandProcess } from '../../testing/command-process.ts';
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

test.each([['saturate', '--publish', 'http://127.0.0.1:1/'], ['finite']])(
  '%s names a server that nobody reaches, before it asks for anything',
  async (name, ...more) => {
    const { code, stdout, complaints } = await runHere(['bench', name, 'http://127.0.0.1:1/', ...more]);
    expect(complaints).toEqual(['nothing listens on 127.0.0.1:1: start the server, or let --start do it']);
    expect([code, stdout]).toEqual([3, '']);
  },
);

test('both tell what they found, and exit 0 or, on a busy machine, 3', async () => {
  await using server = await finiteServer();
  const { url } = server;
  const [saturated, finite] = await Promise.all([
    runHere(['bench', 'saturate', url, '--publish', url, '--connections', '2', '--duration', '1s']),
    runHere(['bench', 'finite', url, '--connections', '2', '--streams', '4']),
  ]);
  expect(saturated.stdout).toMatch(/publishes\/s|^invalid: /);
  expect(saturated.stdout).toMatch(/^answers 204: \d+/m);
  expect(finite.stdout).toContain('4 of 4 streams ended, 0 were cut, 0 answers were no event stream');
  for (const { code, stdout } of [saturated, finite]) expect(code).toBe(/^invalid: /m.test(stdout) ? 3 : 0);
});

test('Ctrl-C ends them with what was measured until then', async () => {
  await using server = await finiteServer();
  const { url } = server;
  const load = ['--publish', url, '--connections', '1', '--duration', '60s'];
  using saturate = new CommandProcess(['bench', 'saturate', url, ...load], { ownGroup: true });
  await expect.poll(() => server.asked).toBeGreaterThan(50);
  saturate.interrupt();
  const { code, stdout, stderr } = await saturate.finished;
  expect(stderr).toContain('interrupted; what was measured follows');
  expect(stdout).toMatch(/^answers 204: \d+/m);
  expect(code).toBe(/^invalid: /m.test(stdout) ? 3 : 130);
});

/** Takes what is published, a little late so that nobody is busy with it, and sends streams of one event. */
async function finiteServer(): Promise<{ readonly url: string; readonly asked: number } & AsyncDisposable> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    if (request.method === 'POST') setTimeout(() => response.writeHead(204).end(), 5);
    else response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('data: a\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get asked() {
      return asked;
    },
    [Symbol.asyncDispose]: (): Promise<void> => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
