import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Trial } from '../src/index.ts';
import { benchOf } from './bench-of.ts';

const absent = spawnSync('cc', ['--version']).error ? 'there is no cc: apt-get install -y gcc' : undefined;
if (absent && process.env.CI) throw new Error(absent);
if (absent) console.warn(`skipped: a server that leaks; ${absent}`);

describe.skipIf(absent)('what a soak finds of memory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ssert-leaking-'));
  const binary = join(folder, 'leaking-server');
  beforeAll(() => {
    const source = join(import.meta.dirname, 'leaking-server.c');
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', binary, source]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The last trial of a soak of clients that come and go. */
  async function soaked(kind: 'leaking' | 'honest'): Promise<Trial> {
    const server = spawn(binary, [kind], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const [port] = await once(createInterface(server.stdout), 'line');
      const clients = { streams: 100, connectRate: 500, lifetimeMs: 100, resuming: 0, resets: 0, abortsInHead: 0 };
      const times = { durationMs: 6000, settleMinMs: 0, settleMaxMs: 0, restMs: 500 };
      const { trials } = await benchOf(
        { url: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: async () => undefined },
        { scenario: 'soak', load: { ...clients, ...times, rate: 5 }, pid: server.pid as number },
      );
      return trials.at(-1) as Trial;
    } finally {
      server.kill();
    }
  }

  test.concurrent('a KiB that a server keeps of each stream is told to within 1 %', async () => {
    const { findings, scenario } = await soaked('leaking');
    expect(scenario?.connects).toBeGreaterThan(500);
    const found = findings?.find(({ name }) => name === 'leaks');
    expect(found?.sentence).toMatch(/after a second cycle of the same streams \d+ % more memory is left/);
    expect(found?.count).toBeGreaterThanOrEqual(0.99 * 1024);
    expect(found?.count).toBeLessThanOrEqual(1.01 * 1024);
  });

  test.concurrent('a server that keeps nothing is not accused', async () => {
    const { findings, counts, connects, scenario } = await soaked('honest');
    expect(scenario?.connects).toBeGreaterThan(500);
    expect(connects.ok).toBe(connects.attempted);
    expect(connects.ok).toBeGreaterThan(500);
    expect(counts.delivered + counts.edge).toBeGreaterThan(100);
    expect(findings?.filter(({ name }) => name === 'leaks')).toEqual([]);
  });
});
