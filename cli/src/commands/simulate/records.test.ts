import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { profileNamed, type UsageRecord } from '@ssert/simulator';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from '../../../testing/empty-folder.ts';
import { runHere } from '../../../testing/run-here.ts';

const simulate = (...args: string[]) => runHere(['simulate', ...args]);

describe.concurrent('ssert simulate', () => {
  test('prints the same records for the same seed, as NDJSON or CSV', async () => {
    const [one, again, other, csv] = await Promise.all([
      simulate('--duration', '10m', '--seed', '7'),
      simulate('--duration', '10m', '--seed', '7'),
      simulate('--duration', '10m', '--seed', '8'),
      simulate('--duration', '10m', '--seed', '7', '--format', 'csv'),
    ]);
    const records = one.stdout
      .trimEnd()
      .split('\n')
      .map((line): UsageRecord => JSON.parse(line));
    expect(one).toMatchObject({ code: 0, complaints: [] });
    expect(again.stdout).toBe(one.stdout);
    expect(other.stdout).not.toBe(one.stdout);
    expect(records[0]).toEqual({
      id: 1,
      creditsUsed: expect.any(Number),
      createdAt: expect.stringMatching(/^2026-01-05T09:/),
      model: expect.any(String),
    });
    expect(csv.stdout.split('\n')[0]).toBe('id,creditsUsed,createdAt,model');
    expect(csv.stdout.trimEnd().split('\n')).toHaveLength(records.length + 1);
  });

  test('takes a profile from a file, parameters from flags, and a start', async () => {
    await using folder = await emptyFolder();
    const file = join(folder.path, 'mine.json');
    await writeFile(
      file,
      JSON.stringify({ ...profileNamed('office'), name: 'mine', arrivals: { process: 'poisson', ratePerS: 1 } }),
    );
    const args = ['--profile', file, '--duration', '5m', '--start', '2030-06-01T00:00:00Z'];
    const few = await simulate(...args, '--set', 'records.models=[{"name":"m","creditMultiplier":1}]');
    const many = await simulate(...args, '--scale', 'intensity=10');
    const lines = few.stdout.trimEnd().split('\n');
    expect(lines.every((line) => /"createdAt":"2030-06-01T00:0.*"model":"m"/.test(line))).toBe(true);
    expect(many.stdout.split('\n').length / lines.length).toBeGreaterThan(7);
  });

  test('names the file of a profile that lacks something', async () => {
    await using folder = await emptyFolder();
    const file = join(folder.path, 'mine.json');
    await writeFile(file, JSON.stringify({ ...profileNamed('office'), name: undefined }));
    const missing = [`in ${file} name is missing; give a string`];
    expect((await simulate('--profile', file)).complaints).toEqual(missing);
    expect((await simulate('describe', file)).complaints).toEqual(missing);
  });

  test('stops without a word where its reader leaves', async () => {
    const script = `"$0" --conditions=@ssert/source cli/src/main.ts simulate --duration 9999h | head -1`;
    const root = new URL('../../../../', import.meta.url);
    const line = await new Promise<string>((resolve, reject) => {
      execFile('bash', ['-c', script, process.execPath], { cwd: root }, (error, stdout, stderr) =>
        error || stderr !== '' ? reject(error ?? new Error(stderr)) : resolve(stdout),
      );
    });
    expect(line).toMatch(/^\{"id":1,/);
  });

  test.each([
    [['--profile', 'ofice'], /there is no profile "ofice"; give one of quiet office/],
    [['--profile', '/nowhere.json'], /nowhere.json cannot be read/],
    [['--set', 'records.users=none'], /^--set records.users=none: records.users is "none"; give a/],
    [['--set', 'day=7', '--set', 'foo=1'], /^--set day=7: day is 7; give/],
    [['--set', 'foo=1'], /^--set foo=1: a profile has no field foo; profile.schema.json lists those that it has$/],
    [['--set', 'records={"user":1}'], /^--set records=\{"user":1\}: records.users is/],
    [['--set', 'records.users'], /--set is "records.users"; give it as NAME=VALUE/],
    [['--scale', 'size=2'], /scale.0.by is "size"; give one of copies speed intensity share/],
    [['--duration', 'long'], /--duration is "long"; give a positive number with its unit/],
    [['--start', 'soon'], /--start is "soon"; give/],
    [['--speed', '2'], /--speed goes with --publish URL/],
    [['--publish', 'localhost'], /--publish is "localhost"; give an http URL/],
    [['--publish', 'http://127.0.0.1:1/', '--format', 'csv'], /--format goes without --publish/],
    [['fitt'], /"fitt" is no word for simulate; it knows fit, describe and population/],
  ])('wrong usage exits 2 with one line: %j', async (args, message) => {
    const { code, complaints } = await simulate(...args);
    expect(complaints.join('\n')).toMatch(message);
    expect(code).toBe(2);
  });
});
