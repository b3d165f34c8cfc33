import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Judged } from './judged.ts';

export interface SideBySide {
  /** Judges one, by its name, and writes what it found to `--output`. */
  readonly script: string;
  readonly quick: boolean;
  readonly seed: number;
  /** Judged at once. */
  readonly jobs: number;
  /** Ends the run early; what is known by then stands. */
  readonly signal: AbortSignal;
}

/**
 * Judges servers or clients, each in a process of its own and at most `jobs` at once.
 * @returns what was found, in the order of the names; the run's end leaves out the ones not begun
 * @throws Error where a process ended without a result
 */
export async function judgeSideBySide(names: readonly string[], options: SideBySide): Promise<Judged[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ssert-matrix-'));
  const judged = new Map<string, Judged>();
  const waiting = [...names];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined && !options.signal.aborted; name = waiting.shift()) {
      const output = join(folder, `${name}.json`);
      const startedAtMs = performance.now();
      await judgeInProcess(name, output, options);
      judged.set(name, JSON.parse(readFileSync(output, 'utf8')) as Judged);
      const seconds = Math.round((performance.now() - startedAtMs) / 1000);
      process.stderr.write(`${name} was judged in ${seconds} s (${judged.size} of ${names.length})\n`);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.jobs }, work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return names.flatMap((name) => judged.get(name) ?? []);
}

function judgeInProcess(name: string, output: string, { script, quick, seed, signal }: SideBySide): Promise<void> {
  const flags = ['--output', output, '--seed', String(seed), ...(quick ? ['--quick'] : [])];
  const child = spawn(process.execPath, [...process.execArgv, script, name, ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const interrupt = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', interrupt, { once: true });
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killedBy) => {
      if (code === 0) resolve();
      else reject(new Error(`the process that judges ${name} ended with ${killedBy ?? `exit code ${code}`}`));
    });
  }).finally(() => signal.removeEventListener('abort', interrupt));
}
