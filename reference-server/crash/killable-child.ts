import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process that is meant to be killed. */
export class KillableChild {
  readonly #process: ChildProcess;
  readonly #name: string;
  #output = '';
  #expected = false;

  /** @param onUnexpectedEnd told when it ends without having been told to, with what it said last */
  constructor(name: string, command: readonly string[], onUnexpectedEnd: (error: Error) => void) {
    const [program = '', ...args] = command;
    this.#name = name;
    this.#process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-4000);
      });
    }
    this.#process.on('error', onUnexpectedEnd);
    this.#process.on('exit', (code, signal) => {
      if (!this.#expected) onUnexpectedEnd(this.#endedBecause(code ?? signal));
    });
  }

  /** Resolves when it has said this; rejects when it ends before. */
  says(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.#output.includes(text)) resolve();
        else if (this.#hasEnded) reject(this.#endedBecause(this.#process.exitCode ?? this.#process.signalCode));
      };
      this.#process.stdout?.on('data', look);
      this.#process.on('exit', look);
      this.#process.on('error', reject);
      look();
    });
  }

  /** Kills it on the spot; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#expected = true;
    if (this.#hasEnded || this.#process.pid === undefined) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #endedBecause(status: unknown): Error {
    return new Error(`${this.#name} ended by itself (${status}): ${this.#output}`);
  }
}
