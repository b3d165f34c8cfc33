import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { type BenchResult, readBenchResult, resultInLog, runBench, type ShardResult } from '@ssert/bench';
import { freePort } from '@ssert/conformance/access';
import { startReferenceServer } from '@ssert/server';
import { expect, test } from 'vitest';
import { honest, plainServer } from '../../../bench/liars/plain-server.ts';
import { madeUpPlan } from '../../../bench/testing/made-up-plan.ts';
import { serving } from '../../../bench/testing/serving.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const ssert = `${process.execPath} --conditions=@ssert/source ${main}`;

/** What one process finds, as `ssert bench` writes it. */
async function measured(url: string, file: string): Promise<BenchResult> {
  const headers = { 'content-type': 'application/json' };
  const publish = async (data: string) =>
    (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ data }) })).ok ? 'accepted' : 'refused';
  const load = { streams: 60, rate: 80, durationMs: 500, settleMinMs: 0, settleMaxMs: 0, seed: 7 };
  const access = { request: { url, method: 'GET', headers: {} }, publish } as const;
  const tool = { name: 'ssert', version: '0' };
  const result = await runBench({ access, scenario: 'steady', load, ceiling: false, tool }, () => undefined);
  await writeFile(file, JSON.stringify(result));
  return result;
}

test('run.sh with four shards finds in the reference server what one process finds on the same schedule', async () => {
  await using folder = await emptyFolder();
  const server = await startReferenceServer({ port: 0, events: true, logLevel: 'silent' });
  try {
    const url = `${server.url}/events`;
    const file = join(folder.path, 'bench.json');
    const alone = await measured(url, file);
    const output = join(folder.path, 'four');
    const target = ['--url', url, '--publish', url, '--image', 'example.com/ssert:1'];
    await runHere(['bench', 'export', 'k8s', file, '--shards', '4', '--output', output, ...target]);
    const env = { ...process.env, SSERT: ssert, PORT: String(await freePort()) };
    // This machine may be busy; then the run is invalid, exit code 3, and says nothing of the server.
    const { stdout, code = 0 } = await promisify(execFile)(join(output, 'run.sh'), { env }).catch((error) => error);
    const merged = resultInLog(stdout) as BenchResult;
    expect(code).toBe(merged.verdict.validity === 'invalid' ? 3 : 0);
    expect(merged.plan).toEqual(alone.plan);
    expect(merged.trials[0]?.counts).toEqual(alone.trials[0]?.counts);
    expect(merged.trials[0]?.counts).toMatchObject({ expected: 60 * 40, delivered: 60 * 40, lost: 0, publishes: 40 });
    expect(merged.trials[0]).toMatchObject({ x: 60, connects: { attempted: 60, ok: 60, dropped: 0 } });
    expect(merged.trials[0]?.hist.delivery?.count).toBe(60 * 40);
    expect(merged.trials[0]?.reasons.filter((reason) => /result|plan|clock/.test(reason))).toEqual([]);
    expect(readBenchResult(JSON.parse(await readFile(join(output, 'bench.json'), 'utf8')), 'bench.json')).toEqual(
      merged,
    );
    const parts = (await readdir(output)).filter((name) => name.endsWith('.json.gz')).toSorted();
    expect(parts).toEqual(['shard-0.json.gz', 'shard-1.json.gz', 'shard-2.json.gz', 'shard-3.json.gz']);
    const found = await Promise.all(parts.map(async (name) => gunzipSync(await readFile(join(output, name)))));
    const delivered = found.map((bytes): ShardResult => JSON.parse(bytes.toString())).map(({ trial }) => trial.counts);
    expect(delivered.reduce((sum, counts) => sum + counts.delivered, 0)).toBe(60 * 40);
  } finally {
    await server.close();
  }
}, 60_000);

test.each([
  [[], /--plan is missing/],
  [['--plan', 'PLAN', '--index', '3'], /--index is "3"; give a whole number from 0 to 2/],
  [['--plan', 'PLAN'], /JOB_COMPLETION_INDEX/],
  [['--plan', 'PLAN', '--index', '1'], /--coordinator is missing/],
  [['--plan', 'PLAN', '--index', '1', '--coordinator', 'here'], /--coordinator is "here"; give HOST:PORT/],
  [['--plan', 'PLAN', '--index', '0', '--listen', '0.0.0.0'], /--listen is "0.0.0.0"; give HOST:PORT/],
  [['--plan', 'PLAN', 'x'], /"x" is too much/],
])('wrong usage exits 2 with one line: %j', async (args, message) => {
  await using folder = await emptyFolder();
  const plan = join(folder.path, 'plan.json');
  await writeFile(plan, JSON.stringify(madeUpPlan(60, 3)));
  const { code, complaints } = await runHere(['bench', 'shard', ...args.map((arg) => (arg === 'PLAN' ? plan : arg))]);
  expect(complaints).toEqual([expect.stringMatching(message)]);
  expect(code).toBe(2);
});

test('a plan whose schedule is another one here is wrong usage, too', async () => {
  await using folder = await emptyFolder();
  await using server = await plainServer(honest);
  const plan = join(folder.path, 'plan.json');
  await writeFile(plan, JSON.stringify({ ...madeUpPlan(60, 3), target: { url: server.url, publish: server.url } }));
  const args = ['--plan', plan, '--index', '1', '--coordinator', '127.0.0.1:1'];
  const { code, complaints } = await runHere(['bench', 'shard', ...args]);
  expect(complaints).toEqual([expect.stringMatching(/scheduleSha256 is .* give a plan of this version/)]);
  expect(code).toBe(2);
});

/** A storm on three shards, on a server that somebody else has. */
async function stormPlan(folder: string, url: string, request: object = {}): Promise<string> {
  const file = join(folder, 'plan.json');
  const { slo: _, ...madeUp } = madeUpPlan(60, 3);
  const plan = { ...madeUp, target: { url, ...request } };
  // SHA-256 of nothing: a storm publishes nothing.
  const scheduleSha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  await writeFile(file, JSON.stringify({ ...plan, plan: { scenario: 'storm', params: {}, scheduleSha256 } }));
  return file;
}

test('a coordinator whose other shards do not come ends with exit code 3, and says which', async () => {
  await using folder = await emptyFolder();
  await using server = await plainServer(honest);
  const plan = await stormPlan(folder.path, server.url);
  const args = ['--plan', plan, '--index', '0', '--listen', '127.0.0.1:0', '--wait', '1ms'];
  const { code, complaints, stdout } = await runHere(['bench', 'shard', ...args]);
  expect(complaints).toEqual(['the coordinator answers 410: the run began without shard 0, 1, 2']);
  expect([code, stdout]).toEqual([3, '']);
});

test('a receiver whose coordinator does not come does so too', async () => {
  await using folder = await emptyFolder();
  await using server = await plainServer(honest);
  const plan = await stormPlan(folder.path, server.url);
  const args = ['--plan', plan, '--index', '2', '--coordinator', '127.0.0.1:1', '--wait', '1ms'];
  const { code, complaints } = await runHere(['bench', 'shard', ...args]);
  expect(complaints).toEqual([expect.stringMatching(/^shard 2 gave up waiting: http:\/\/127.0.0.1:1 does not answer/)]);
  expect(code).toBe(3);
});

test('streams are asked for as the plan says', async () => {
  await using folder = await emptyFolder();
  const asked: string[] = [];
  await using server = await serving(async (request, response) => {
    asked.push(`${request.method} ${(await request.toArray()).join('')}`);
    response.writeHead(404).end();
  });
  const plan = await stormPlan(folder.path, server.url, { method: 'POST', body: '{"topic":"a"}' });
  const { code } = await runHere(['bench', 'shard', '--plan', plan, '--index', '0']);
  expect(asked).toContain('POST {"topic":"a"}');
  expect(code).toBe(3);
});

test('an address that is taken is told as such', async () => {
  await using folder = await emptyFolder();
  await using server = await plainServer(honest);
  const listen = new URL(server.url).host;
  const plan = await stormPlan(folder.path, server.url);
  const { code, complaints } = await runHere(['bench', 'shard', '--plan', plan, '--index', '0', '--listen', listen]);
  expect(complaints).toEqual([`--listen ${listen} cannot be used (EADDRINUSE); give another HOST:PORT`]);
  expect(code).toBe(2);
});

test('a server that nobody reaches is named before the other shards are waited for', async () => {
  await using folder = await emptyFolder();
  const plan = await stormPlan(folder.path, 'http://127.0.0.1:1/');
  const { code, complaints } = await runHere(['bench', 'shard', '--plan', plan, '--index', '0', '--wait', '1m']);
  expect(complaints).toEqual(['nothing listens on 127.0.0.1:1: start the server, or let --start do it']);
  expect(code).toBe(3);
});
