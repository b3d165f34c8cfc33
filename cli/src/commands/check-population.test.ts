import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPlainServer } from '../../../conformance/defects/plain-server.ts';
import { emptyFolder } from '../../testing/empty-folder.ts';
import { runHere } from '../../testing/run-here.ts';

test('ssert check plays what ssert simulate population prints', async () => {
  await using folder = await emptyFolder();
  const file = join(folder.path, 'mobile.json');
  const { stdout } = await runHere(['simulate', 'population', 'mobile', '--clients', '5', '--seed', '7']);
  await writeFile(file, stdout);
  const server = await startPlainServer();
  try {
    const access = ['--publish', `${server.url}/publish`, '--replay', '200', '--rule', 'delivery/any-history'];
    const args = ['check', `${server.url}/stream`, ...access, '--quick', '--runs', '1', '--population', file];
    const judged = await runHere([...args, '--reporter', 'json']);
    const [result] = JSON.parse(judged.stdout).results;
    expect(`${result.verdict}: ${result.message}`).toMatch(/^pass: a population of \d+ clients among/);
    expect(judged.code).toBe(0);
  } finally {
    await server.close();
  }
});

test.each([
  [['--rule', 'http/*'], /--population is for delivery\/any-history, which is not among the rules/],
  [[], /in package.json population is .*; give an array/],
])('wrong usage exits 2 with one line: %j', async (more, message) => {
  const { code, complaints } = await runHere(['check', 'localhost:1', '--population', 'package.json', ...more]);
  expect(complaints).toEqual([expect.stringMatching(message)]);
  expect(code).toBe(2);
});

test('a population by its name is told how it becomes a file', async () => {
  const { code, complaints } = await runHere(['check', 'localhost:1', '--population', 'mobile']);
  expect(complaints).toEqual(['--population takes a file: ssert simulate population mobile > mobile.json']);
  expect(code).toBe(2);
});
