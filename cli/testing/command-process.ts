import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** As a terminal starts it: in a process group of its own, which `interrupt` tells as Ctrl-C does. */
  readonly ownGroup?: boolean;
}

/** ssert as a process of its own, as its users start it: standard output and standard error are pipes. */
export class CommandProcess implements Disposable {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  readonly finished: Promise<Finished>;
  #watchers: (() => void)[] = [];

  constructor(args: readonly string[], { env = {}, cwd, ownGroup = false }: StartOptions = {}) {
    const { NO_COLOR: _, FORCE_COLOR: __, npm_command: ___, ...inherited } = process.env;
    this.child = spawn(process.execPath, ['--conditions=@ssert/source', main, ...args], {
      env: { ...inherited, ...env },
      detached: ownGroup,
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take('stdout', text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => this.#take('stderr', text));
    this.child.stdin.on('error', () => undefined);
    this.finished = once(this.child, 'close').then(([code]) => {
      this.#wake();
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Resolves once what was written fits; rejects where the process ends before. */
  async until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void> {
    while (!pattern.test(this[stream])) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`ended before ${pattern}: ${this.stdout}${this.stderr}`);
      }
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** What Ctrl-C does in a terminal, and `timeout` with SIGTERM: the whole group is told. */
  interrupt(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
  }

  /** Ends the process, where a failed test left it. */
  [Symbol.dispose](): void {
    this.child.kill('SIGKILL');
  }

  #take(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#watchers.splice(0)) wake();
  }
}

/** Runs ssert to its end. */
export function ssert(args: readonly string[], options: StartOptions & { stdin?: string } = {}): Promise<Finished> {
  const command = new CommandProcess(args, options);
  command.child.stdin.end(options.stdin ?? '');
  return command.finished;
}
