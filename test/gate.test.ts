import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Runs the gate in a folder of its own, where `npm` is this script. */
function gate(npm: string): { status: number | null; last: string | undefined } {
  const folder = mkdtempSync(join(tmpdir(), 'ssert-gate-'));
  folders.push(folder);
  for (const name of ['.ci', 'bin', 'report']) mkdirSync(join(folder, name));
  copyFileSync(join(root, '.ci/run'), join(folder, '.ci/run'));
  // What an earlier run left is not this run's count.
  writeFileSync(join(folder, 'report/tests.json'), '{"numPassedTests":99}');
  for (const [name, script] of [
    ['go', ''],
    ['npm', npm],
  ] as const) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const PATH = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`;
  const { status, stdout } = spawnSync('bash', ['.ci/run'], {
    cwd: folder,
    env: { ...process.env, PATH },
    encoding: 'utf8',
  });
  return { status, last: stdout.trimEnd().split('\n').at(-1) };
}

const tests = (counts: string, code: number): string =>
  `if [ "$1" = test ]; then echo '{${counts}}' >report/tests.json; exit ${code}; fi`;
const some = '"numPassedTests":7,"numFailedTests":2,"numPendingTests":1,"numTodoTests":0';

describe('the gate closes with the count of the tests', () => {
  test('where all is well', () => {
    expect(gate(tests(some, 0))).toEqual({ status: 0, last: '7 passed, 2 failed, 1 skipped' });
  });

  test('and the exit code of the first red step, where tests fail', () => {
    expect(gate(tests(some, 5))).toEqual({ status: 5, last: '7 passed, 2 failed, 1 skipped' });
  });

  test('and the exit code of a later step that fails', () => {
    const npm = `${tests(some, 0)}\nif [ "$2" = check ]; then exit 3; fi`;
    expect(gate(npm)).toEqual({ status: 3, last: '7 passed, 2 failed, 1 skipped' });
  });

  test('and the exit code of a step that fails beside the suite against the reference server, which it ends', () => {
    const npm = `${tests(some, 0)}\nif [ "$2" = check ]; then exec sleep 60; fi\nif [ "$2" = realism ]; then exit 6; fi`;
    expect(gate(npm)).toEqual({ status: 6, last: '7 passed, 2 failed, 1 skipped' });
  });

  test('and without it where no test ran, whatever an earlier run left', () => {
    expect(gate('exit 4')).toEqual({ status: 4, last: '=== install' });
  });
});
