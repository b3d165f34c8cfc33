import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ServerOptions } from '../src/server.ts';

const program = fileURLToPath(new URL('server-program.ts', import.meta.url));

/** A server in a process of its own, which can be killed; it ends with the test. */
export class ServerProcess {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  static async start(options: ServerOptions): Promise<ServerProcess> {
    const process = fork(program, [JSON.stringify(options)], { execArgv: ['--conditions=@ssert/source'] });
    onTestFinished(() => end(process));
    const [url] = await once(process, 'message');
    return new ServerProcess(url, process);
  }

  /** As `kill -9` does. */
  kill(): Promise<void> {
    return end(this.#process);
  }
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}
