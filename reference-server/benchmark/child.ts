import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { killTree } from './process-tree.ts';

/** A process that the benchmark started, and ends. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The end of what it wrote to standard error. */
  complaint(): string;
  /** Rejects when the process ends. */
  readonly ended: Promise<never>;
}

const running = new Set<number>();
const stderrBytes = 2000;

/** Ends everything that {@link startChild} started and that still runs. */
export function killChildren(): void {
  for (const pid of running) killTree(pid);
}

export async function startChild(name: string, command: readonly string[], cwd?: string): Promise<Child> {
  const [file = '', ...args] = command;
  // Standard input stays open, so that a program that reads it ends with the benchmark, however that ends.
  const process = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
  await once(process, 'spawn');
  const pid = process.pid as number;
  running.add(pid);

  let complaint = '';
  process.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-stderrBytes);
  });
  process.stdin.on('error', () => undefined);
  const exit = once(process, 'exit');
  const ended = exit.then(([code, signal]) => {
    running.delete(pid);
    throw new Error(`${name} ended (${signal ?? code}) ${complaint.trim()}`.trim());
  });
  // Most of the time nobody waits for it.
  ended.catch(() => undefined);

  return {
    process,
    pid,
    complaint: () => complaint.trim(),
    ended,
    async [Symbol.asyncDispose]() {
      killTree(pid);
      await exit;
    },
  };
}
