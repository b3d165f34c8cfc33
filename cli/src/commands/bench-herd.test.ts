import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchResult } from '@ssert/bench';
import { freePort } from '@ssert/conformance/access';
import { expect, test } from 'vitest';
import { CommandProcess } from '../../testing/command-process.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';

/** `GET /` is a stream, `POST /` publishes `{"data"}` on all of them; its process stands in a file. */
const script = `
  const { writeFileSync } = require('node:fs');
  const streams = new Set();
  const server = require('node:http').createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders();
      streams.add(response.on('close', () => streams.delete(response)));
      return;
    }
    let body = '';
    for await (const part of request) body += part;
    for (const stream of streams) stream.write('data: ' + JSON.parse(body).data + '\\n\\n');
    response.writeHead(204).end();
  });
  server.listen(Number(process.argv[2]), '127.0.0.1', () => {
    writeFileSync('pid', String(process.pid));
    console.log('listens');
  });
`;

/** A server that runs already, and how it is killed and started again. */
async function runningServer() {
  const folder = await emptyFolder();
  await writeFile(join(folder.path, 'server.cjs'), script);
  const port = await freePort();
  const first = spawn(process.execPath, ['server.cjs', String(port)], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(first.stdout, 'data');
  const url = `http://127.0.0.1:${port}/`;
  const pid = async (): Promise<number> => Number(await readFile(join(folder.path, 'pid'), 'utf8'));
  return {
    url,
    folder: folder.path,
    pid,
    first,
    bouncing: [
      '--kill-cmd',
      `kill -9 $(cat '${folder.path}/pid')`,
      '--start-cmd',
      `cd '${folder.path}' && '${process.execPath}' server.cjs ${port} & :`,
    ],
    isServing: () =>
      fetch(url).then(
        async ({ status, body }) => {
          await body?.cancel();
          return status === 200;
        },
        () => false,
      ),
    [Symbol.asyncDispose]: async () => {
      try {
        process.kill(await pid(), 'SIGKILL');
      } catch {
        // It has ended already.
      }
      await folder[Symbol.asyncDispose]();
    },
  };
}

function herdOn(url: string, output: string, times: string, commands: readonly string[]): CommandProcess {
  const load = `--streams 20 --rate 10 --seed 7 --settle-min 0 --settle-max 0 --output ${output} ${times}`.split(' ');
  return new CommandProcess(['bench', url, '--publish', url, '--scenario', 'herd', ...load, ...commands], {
    ownGroup: true,
  });
}

const resultIn = async (folder: string): Promise<BenchResult> =>
  JSON.parse(await readFile(join(folder, 'bench.json'), 'utf8'));

test.concurrent('a herd of a server that runs already: commands kill and start it, and all its clients come back', async () => {
  await using server = await runningServer();
  const times = '--duration 7s --kill-at 1s --down 500ms';
  using herd = herdOn(server.url, server.folder, times, server.bouncing);
  const { stderr } = await herd.finished;
  const [trial] = (await resultIn(server.folder)).trials;
  expect(stderr).not.toContain('-cmd');
  expect(trial?.connects.dropped).toBe(20);
  expect(trial?.scenario?.backAt100Ms).toEqual(expect.any(Number));
  expect(await server.pid()).not.toBe(server.first.pid);
  expect(await server.isServing()).toBe(true);
});

test.concurrent('behind Ctrl-C while it is down the server is started, and what was measured is told', async () => {
  await using server = await runningServer();
  const times = '--duration 600s --kill-at 1s --down 500s';
  using herd = herdOn(server.url, server.folder, times, server.bouncing);
  await once(server.first, 'exit');
  herd.interrupt();
  const { code, stderr } = await herd.finished;
  const { interrupted, trials, verdict } = await resultIn(server.folder);
  expect(stderr).not.toContain('-cmd');
  // This machine may be busy; then the run is invalid.
  expect(code).toBe(verdict.validity === 'invalid' ? 3 : 130);
  expect(interrupted).toBe(true);
  expect(trials[0]?.connects.dropped).toBe(20);
  expect(await server.isServing()).toBe(true);
});

test.concurrent('where ssert has started the server, Ctrl-C while it is down tells what was measured as well', async () => {
  await using folder = await emptyFolder();
  await writeFile(join(folder.path, 'server.cjs'), script);
  const start = `cd '${folder.path}' && exec '${process.execPath}' server.cjs {port}`;
  const times = '--duration 600s --kill-at 1s --down 500s';
  using herd = herdOn('http://127.0.0.1:{port}/', folder.path, times, ['--start', start]);
  const isThere = async (): Promise<boolean> => {
    try {
      return process.kill(Number(await readFile(join(folder.path, 'pid'), 'utf8')), 0);
    } catch {
      return false;
    }
  };
  await expect.poll(isThere).toBe(true);
  await expect.poll(isThere, { timeout: 60_000 }).toBe(false);
  herd.interrupt();
  const { code, stderr } = await herd.finished;
  const { interrupted, trials, verdict } = await resultIn(folder.path);
  expect(stderr).not.toContain('--start');
  expect(code).toBe(verdict.validity === 'invalid' ? 3 : 130);
  expect(interrupted).toBe(true);
  expect(trials[0]?.connects.dropped).toBe(20);
});

test.concurrent('a command that fails ends the run, by its flag', async () => {
  await using server = await runningServer();
  const times = '--duration 600s --kill-at 500ms --down 500s';
  using herd = herdOn(server.url, server.folder, times, [
    '--kill-cmd',
    'echo no such container >&2; exit 5',
    '--start-cmd',
    ':',
  ]);
  const { code, stderr } = await herd.finished;
  expect(stderr).toContain('ssert: the --kill-cmd command ended with exit code 5; it said: no such container\n');
  expect(code).toBe(3);
  expect(await server.isServing()).toBe(true);
});
