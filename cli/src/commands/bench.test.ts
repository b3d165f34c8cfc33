import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchResult, benchJsonSchema } from '@ssert/bench';
import { startReferenceServer } from '@ssert/server';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { honest, plainServer } from '../../../bench/liars/plain-server.ts';
import { serving } from '../../../bench/testing/serving.ts';
import { CommandProcess } from '../../testing/command-process.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';

const herd = ['http://localhost:1/', '--publish', 'http://localhost:1/', '--scenario', 'herd'];
const bouncing = ['--kill-cmd', ':', '--start-cmd', ':'];

describe('wrong usage is told in one line', () => {
  test.each<[args: string[], message: RegExp]>([
    [[], /give TARGET: ssert bench http/],
    [['http://localhost:1/'], /--scenario is "steady"; give a way to publish beside it \(--publish URL\), or storm/],
    [['http://localhost:1/', '--scenario', 'rain'], /--scenario is "rain"; give one of storm steady burst/],
    [['http://localhost:1/', '--scenario', 'herd', '--publish', 'http://localhost:1/'], /--start COMMAND/],
    [[...herd, '--kill-cmd', ':'], /^--kill-cmd needs --start-cmd COMMAND beside it: it starts the server again$/],
    [[...herd, '--start-cmd', ':'], /^--start-cmd needs --kill-cmd COMMAND beside it: it kills the server first$/],
    [[...herd, ...bouncing, '--start', ':'], /^--kill-cmd and --start exclude each other/],
    [[...herd, ...bouncing, '--pid', String(process.pid)], /^--kill-cmd and --pid exclude each other/],
    [[...herd, ...bouncing, '--cpu-share', '25%'], /^--cpu-share is 0.25; give a command that starts the server/],
    [['http://localhost:1/', ...bouncing], /^--kill-cmd makes no difference to --scenario steady; .* one of herd$/],
    [['http://localhost:1/', '--scenario', 'burst', '--publish', 'http://localhost:1/'], /--traffic PROFILE/],
    [
      ['http://localhost:1/', '--scenario', 'population', '--publish', 'http://localhost:1/'],
      /--population NAME or FILE.json/,
    ],
    [['http://localhost:1/', '--population', 'fat'], /--population is "fat"; give one of steady .*, or a .json file/],
    [['http://localhost:1/', '--population', 'package.json'], /in package.json population is .*; give an array/],
    [['http://localhost:1/', '--streams', '0'], /--streams is "0"; give a number from 1 to/],
    [['http://localhost:1/', '--cpu-share', '0.25'], /--cpu-share is "0.25"; give a part such as 25%/],
    [
      ['http://localhost:1/', '--publish', 'http://localhost:1/', '--cpu-share', '25%'],
      /--cpu-share is 0.25; give a command that starts the server beside it \(--start COMMAND\)/,
    ],
    [
      ['http://localhost:1/', '--publish', 'http://localhost:1/', '--beside', 'https://localhost:1/'],
      /--beside is .*verifies no TLS/,
    ],
    [['http://localhost:1/', '--publish', 'http://localhost:1/', '--beside', 'api'], /--beside is "api"; give a URL/],
    [['http://localhost:1/', '--project', '1e6'], /--project is "1e6"; give numbers of streams/],
    [
      ['http://localhost:1/', '--lifetime', '5s'],
      /--lifetime makes no difference to --scenario steady; leave it out, or give one of churn soak/,
    ],
    [['http://localhost:1/', '--scenario', 'storm', '--rate', '5'], /--rate makes no difference to --scenario storm/],
    [['http://localhost:1/', '--scenario', 'churn', '--jitter', 'full'], /--jitter makes no difference/],
    [
      ['http://localhost:1/', '--publish', 'http://localhost:1/', '--budget', '1m'],
      /--budget is "60s"; give an objective \(--slo\)/,
    ],
    [['http://localhost:1/', '--duration', '5'], /--duration is "5"; give a time such as 60s/],
    [
      ['http://localhost:1/', '--topics', '3', '--publish', 'http://localhost:1/'],
      /--topics is 3; give 1, or \{channel\}/,
    ],
    [['http://localhost:1/', '--reporter', 'human,json'], /would share standard output; give --output DIR/],
    [['http://localhost:1/', '--publish', 'http://localhost:1/', '--slo', 'p99 < 3'], /--slo/],
    [
      ['http://localhost:1/', '--publish', 'http://localhost:1/', '--axis', 'rate'],
      /--axis is "rate"; give an objective/,
    ],
    [['http://localhost:1/', '--axis', 'connect-rate'], /--axis connect-rate is for --scenario storm; with steady/],
    [
      ['http://localhost:1/', '--scenario', 'storm', '--axis', 'rate', '--slo', 'connect.ok == 100%'],
      /--axis is "rate"; give streams: what storm publishes has no rate/,
    ],
    [
      ['http://localhost:1/', '--publish', 'http://localhost:1/', '--traffic', 'office'],
      /--scenario is "steady"; give burst beside --traffic/,
    ],
    [
      ['http://localhost:1/', '--publish', 'http://localhost:1/', '--population', 'mobile'],
      /--scenario is "steady"; give population beside --population/,
    ],
  ])('%j', async (args, message) => {
    const { code, complaints } = await runHere(['bench', ...args]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(code).toBe(2);
  });
});

test('clients from a file are as many as they are: with an objective they are judged, and no capacity is searched', async () => {
  await using folder = await emptyFolder();
  const file = join(folder.path, 'clients.json');
  await writeFile(file, (await runHere(['simulate', 'population', 'mobile', '--clients', '3'])).stdout);
  const url = 'http://localhost:1/';
  const args = ['bench', url, '--publish', url, '--scenario', 'population', '--population', file];
  const objective = ['--slo', 'server.rss < 1GiB'];
  expect((await runHere([...args, ...objective])).complaints).toEqual([expect.stringMatching(/^--slo .* --pid/)]);
  const searched = await runHere([...args, ...objective, '--axis', 'streams']);
  expect(searched.complaints).toEqual([
    '--axis is "streams"; give it with a population that has a name: given clients are as many as they are',
  ]);
  expect(searched.code).toBe(2);
});

test('the reference server delivers all that is published, and bench.json says so', async () => {
  await using folder = await emptyFolder();
  const server = await startReferenceServer({ port: 0, events: true });
  try {
    const url = `${server.url}/events`;
    const load = '--streams 40 --rate 20 --duration 2s --settle-min 0 --settle-max 0 --seed 7'.split(' ');
    const args = [url, '--publish', url, ...load, '--pid', String(process.pid), '--slo', 'loss == 0'];
    const { code, stdout, complaints } = await runHere(['bench', ...args, '--output', folder.path]);
    const result: BenchResult = JSON.parse(await readFile(join(folder.path, 'bench.json'), 'utf8'));
    expect(complaints).toEqual([]);
    const validate = new Ajv2020({ strict: false, formats: { base64: true } }).compile(benchJsonSchema());
    expect(validate(result) || validate.errors).toBe(true);
    // This machine may be busy; then the run is invalid, and says nothing of the server.
    expect(code).toBe(result.verdict.validity === 'invalid' ? 3 : 0);
    const [trial] = result.trials;
    expect(trial?.counts).toMatchObject({ lost: 0, duplicate: 0, corrupt: 0, publishesRefused: 0 });
    expect(trial?.counts.delivered).toBeGreaterThan(1000);
    expect(result.plan.scheduleSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(stdout).toContain('deliveries');
  } finally {
    await server.close();
  }
});

test('a server that nobody reaches is named before any load, with exit code 3', async () => {
  const load = '--scenario storm --streams 3 --hold 0'.split(' ');
  const { code, stdout, complaints } = await runHere(['bench', 'http://127.0.0.1:1/', ...load]);
  expect(complaints).toEqual(['nothing listens on 127.0.0.1:1: start the server, or let --start do it']);
  expect([code, stdout]).toEqual([3, '']);
});

test('the count of the server is read before any load, and a wrong place for it is named', async () => {
  await using server = await serving((request, response) => {
    if (request.url === '/stats') return void response.end('{"open":1}');
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  });
  const storm = '--scenario storm --streams 3 --hold 0'.split(' ');
  const args = ['bench', server.url, ...storm, '--stats', `${server.url}stats`];
  const lost = await runHere(args);
  expect(lost.complaints).toEqual([
    '--stats: the answer has no number at /openStreams; give another --stats-path'.replace(
      'the answer',
      `${server.url}stats`,
    ),
  ]);
  expect(lost.code).toBe(3);
  const { stdout } = await runHere([...args, '--stats-path', '/open']);
  expect(stdout).toMatch(/miscounts: the server counts 1 open streams at most, and \d+ are held/);
});

test.each([
  ['--slo', 'connect.ok == 100%'],
  ['--slo', 'connect.ok == 100%', '--axis', 'streams'],
  ['--beside', 'http://127.0.0.1:1/'],
])('a URL that is no stream is named with its status: %j', async (...more) => {
  await using server = await serving((_, response) => response.writeHead(404).end());
  const args = ['bench', server.url, '--scenario', 'storm', ...more];
  const { code, stdout, complaints } = await runHere(args);
  expect(complaints).toEqual(['TARGET answers 404 in place of an event stream']);
  expect([code, stdout]).toEqual([3, '']);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s, told to all its processes, ends a run gracefully: what was measured is printed and written, and the exit code is 130',
  async (signal) => {
    await using folder = await emptyFolder();
    let published = 0;
    await using server = await plainServer({
      publish: (data, streams, seq) => {
        published += 1;
        honest.publish(data, streams, seq);
      },
    });
    const load = '--streams 5 --rate 20 --settle-min 0 --settle-max 0'.split(' ');
    const args = ['bench', server.url, '--publish', server.url, ...load, '--output', folder.path];
    using run = new CommandProcess(args, { ownGroup: true });
    await expect.poll(() => published, { timeout: 20_000 }).toBeGreaterThan(40);
    run.interrupt(signal);
    const { code, stdout, stderr } = await run.finished;
    expect(stderr).toContain('interrupted; what was measured follows');
    const result: BenchResult = JSON.parse(await readFile(join(folder.path, 'bench.json'), 'utf8'));
    expect(result.interrupted).toBe(true);
    expect(result.trials[0]?.counts).toMatchObject({ lost: 0, corrupt: 0 });
    expect(result.trials[0]?.counts.delivered).toBeGreaterThan(0);
    expect(stdout).toMatch(/deliveries +(\d+) of \1, 0 lost/);
    // This machine may be busy; then the run is invalid, and says nothing of the server.
    expect(code).toBe(result.verdict.validity === 'invalid' ? 3 : 130);
  },
);
