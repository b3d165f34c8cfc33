import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the package that is published holds the built page', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--silent'], {
    cwd: join(import.meta.dirname, '..'),
  });
  const [{ files }]: [{ files: { path: string; size: number }[] }] = JSON.parse(stdout);
  const page = files.find(({ path }) => path === 'dist/dashboard/index.html');
  expect(page?.size).toBeGreaterThan(100_000);
  // What it is built of stays here.
  expect(files.filter(({ path }) => path.startsWith('dashboard/'))).toEqual([]);
});
