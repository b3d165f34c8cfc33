import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BenchResult, type Capacity, parseSlo, readShardPlan } from '@ssert/bench';
import { freePort } from '@ssert/conformance/access';
import { describe, expect, test } from 'vitest';
import { fakePart } from '../../../bench/testing/fake-shard.ts';
import { madeUpBench } from '../../../bench/testing/made-up-bench.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';
import { benchShardCommand } from './bench-shard.ts';

const url = 'https://sse.example.com/events';
const fakeShard = fileURLToPath(new URL('../../../bench/testing/fake-shard.ts', import.meta.url));

async function exported(folder: string, ...more: string[]) {
  const bench = join(folder, 'bench.json');
  await writeFile(bench, JSON.stringify(madeUpBench()));
  const output = join(folder, 'out');
  const args = ['bench', 'export', 'k8s', bench, '--output', output, '--image', 'example.com/ssert:1', ...more];
  return { ...(await runHere(args)), output };
}

function sloOf(expr: string): Partial<BenchResult> {
  return { slo: { expr, ast: parseSlo(expr) } };
}

/** A program in place of ssert. @param coordinate what shard 0 does once the others are there, who only wait */
async function idleShards(folder: string, coordinate: string) {
  const file = join(folder, 'idle-shard');
  const started = join(folder, 'started');
  const script = `#!/bin/sh
echo $$ >>"${started}"
[ "$JOB_COMPLETION_INDEX" = 0 ] || exec sleep 100
until [ "$(wc -l <"${started}")" = 3 ]; do sleep 0.02; done
${coordinate}
`;
  await writeFile(file, script, { mode: 0o755 });
  const running = async (): Promise<number[]> => {
    const pids = (await readFile(started, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number);
    return pids.filter((pid) => existsSync(`/proc/${pid}`));
  };
  return { file, running };
}

describe.concurrent('ssert bench export k8s', () => {
  test('writes the plan, the objects of Kubernetes and a script', async () => {
    await using folder = await emptyFolder();
    const flags = ['--shards', '9', '--streams', '1000000', '--url', url, '--publish', `${url}/publish`];
    const { code, output, stdout } = await exported(folder.path, ...flags);
    expect(stdout).toContain('1000000 streams on 9 shards, written: plan.json, kubernetes.yaml, run.sh');
    expect(code).toBe(0);
    expect((await readdir(output)).toSorted()).toEqual(['kubernetes.yaml', 'plan.json', 'run.sh']);
    const plan = readShardPlan(JSON.parse(await readFile(join(output, 'plan.json'), 'utf8')));
    expect(plan).toMatchObject({ streams: 1e6, target: { url, publish: `${url}/publish` }, seed: 7 });
    expect(plan.secret).toMatch(/^[0-9a-f-]{36}$/);
    expect(plan.plan.scheduleSha256).toBe(madeUpBench().plan.scheduleSha256);
    const [yaml, script] = await Promise.all(
      ['kubernetes.yaml', 'run.sh'].map((name) => readFile(join(output, name), 'utf8')),
    );
    expect(yaml).toContain('name: ssert-bench-made-up-1\n');
    for (const text of [yaml, script]) {
      const flags = [...(text ?? '').matchAll(/ --([a-z]+)/g)].map((match) => match[1] ?? '');
      expect(flags).toContain('coordinator');
      expect(Object.keys(benchShardCommand.flags)).toEqual(expect.arrayContaining(flags));
    }
  });

  test('says that a result does not tell how its streams were asked for, and takes method and body along', async () => {
    await using folder = await emptyFolder();
    const target = ['--shards', '3', '--url', url, '--publish', url];
    const plain = await exported(folder.path, ...target);
    expect(plain.stdout).toMatch(
      /^the shards ask by GET without a body \(--method, --data\), .* without --header or --ca/m,
    );
    const asked = await exported(folder.path, ...target, '--method', 'query', '--data', '{"topic":"a"}');
    expect(asked.stdout).toContain('the shards ask by QUERY with the body of --data');
    const plan = readShardPlan(JSON.parse(await readFile(join(asked.output, 'plan.json'), 'utf8')));
    expect(plan.target).toEqual({ url, publish: url, method: 'QUERY', body: '{"topic":"a"}' });
    expect((await exported(folder.path, ...target, '--data', '')).stdout).toContain('ask by POST with the body');
  });

  test('run.sh runs four shards as processes, and their counts are one process’s', async () => {
    await using folder = await emptyFolder();
    const flags = [
      '--shards',
      '4',
      '--streams',
      '200',
      '--url',
      'http://127.0.0.1:4000/events',
      '--publish',
      'http://127.0.0.1:4000/events',
    ];
    const { output } = await exported(folder.path, ...flags);
    const ssert = `${process.execPath} --conditions=@ssert/source ${fakeShard}`;
    const { stdout } = await promisify(execFile)(join(output, 'run.sh'), {
      env: { ...process.env, SSERT: ssert, PORT: String(await freePort()) },
    });
    const merged = JSON.parse(stdout);
    const { trial } = fakePart(0, 200);
    expect(merged).toMatchObject({ validity: 'valid', reasons: [], x: 200, counts: trial.counts });
    expect(merged.hist.delivery).toEqual(trial.hist.delivery);
  });

  test('run.sh ends with the coordinator’s exit code where it fails, and the others with it', async () => {
    await using folder = await emptyFolder();
    const { output } = await exported(folder.path, '--shards', '3', '--url', url, '--publish', url);
    const shards = await idleShards(folder.path, 'exit 7');
    const script = promisify(execFile)(join(output, 'run.sh'), { env: { ...process.env, SSERT: shards.file } });
    await expect(script).rejects.toMatchObject({ code: 7 });
    await expect.poll(shards.running).toEqual([]);
  });

  test('run.sh that is ended leaves nothing behind', async () => {
    await using folder = await emptyFolder();
    const { output } = await exported(folder.path, '--shards', '3', '--url', url, '--publish', url);
    const shards = await idleShards(folder.path, 'exec sleep 100');
    const script = spawn(join(output, 'run.sh'), { env: { ...process.env, SSERT: shards.file }, stdio: 'ignore' });
    await expect.poll(shards.running).toHaveLength(3);
    script.kill();
    expect(await once(script, 'exit')).toEqual([130, null]);
    await expect.poll(shards.running).toEqual([]);
  });

  test.each<[Partial<BenchResult>, RegExp]>([
    [{ plan: { ...madeUpBench().plan, scenario: 'herd' } }, /scenario is "herd"; give one of storm steady churn/],
    [{ capacity: { ...(madeUpBench().capacity as Capacity), axis: 'rate', lo: 70 } }, /searched a rate.*--rate 70/],
    [sloOf('server.rss < 4GiB'), /server.rss < 4GiB.*measured on the server itself/],
    [sloOf('fairness.jain > 0.9'), /fairness.jain > 0.9.*no shard sees/],
  ])('what shards cannot run together exits 2: %#', async (changed, message) => {
    await using folder = await emptyFolder();
    const bench = join(folder.path, 'bench.json');
    await writeFile(bench, JSON.stringify(madeUpBench(changed)));
    const flags = ['--shards', '4', '--url', url, '--publish', url, '--image', 'x', '--output', folder.path];
    const { code, complaints } = await runHere(['bench', 'export', 'k8s', bench, ...flags]);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(code).toBe(2);
  });

  test.each([
    [[], /--shards is missing/],
    [['--shards', '1'], /--shards is "1"; give a whole number from 2 up/],
    [['--shards', '4'], /was measured over loopback, which no pod reaches; give --url URL/],
    [['--shards', '4', '--url', 'sse.example.com'], /--url is "sse.example.com"; give an http URL/],
    [['--shards', '4', '--url', url], /--publish is missing/],
    [['--shards', '4', '--url', url, '--memory', 'much'], /--memory is "much"; give a size/],
  ])('wrong usage exits 2 with one line: %j', async (flags, message) => {
    await using folder = await emptyFolder();
    const { code, complaints } = await exported(folder.path, ...flags);
    expect(complaints.join('\n')).toMatch(message);
    expect(code).toBe(2);
  });

  test.each([
    [[], 'give k8s first'],
    [['k8s'], 'give one BENCH.json'],
    [['k8s', 'x.json'], '--output is missing'],
    [['k8s', 'x.json', '--output', 'x'], '--image is missing'],
  ])('and so does what is missing: %j', async (args, message) => {
    const { code, complaints } = await runHere(['bench', 'export', ...args]);
    expect(complaints.join('\n')).toContain(message);
    expect(code).toBe(2);
  });
});
