import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerControl } from '@ssert/bench';
import { endWithThisProcess, hasEnded, signalGroup, stopGroup, tellingLines } from '@ssert/conformance/access';
import { type Clock, sleep } from '@ssert/protocol';

/** A command that ends the server which is measured, and one that starts it again. */
export interface BouncingCommands {
  readonly kill: string;
  readonly start: string;
}

/** A command of the user's did not do its part; the message names its flag. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/**
 * A server that ssert does not start, killed and started by commands. Once the one that kills has been run, so is the one that
 * starts, however the run ends: nobody finds a dead server behind it.
 */
export class ServerCommands implements ServerControl, AsyncDisposable {
  readonly #commands: BouncingCommands;
  readonly #answers: () => Promise<void>;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #complain: (message: string) => void;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ssert-'));
  #isDown = false;
  #isOver = false;
  /** What is done to the server last. */
  #latest: Promise<void> = Promise.resolve();
  /** Commands that run on: each is the server itself. */
  readonly #servers = new Set<ChildProcess>();
  readonly #forget: () => void;

  constructor(
    commands: BouncingCommands,
    options: {
      /** Resolves once the server answers. */
      readonly answers: () => Promise<void>;
      readonly clock: Clock;
      /** For each command. Default a minute. */
      readonly timeoutMs?: number;
      /** Told of a server that could not be started again when the run was over already. */
      readonly complain: (message: string) => void;
    },
  ) {
    this.#commands = commands;
    this.#answers = options.answers;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs ?? 60_000;
    this.#complain = options.complain;
    this.#forget = endWithThisProcess(() => this.#endAtOnce());
  }

  async kill(): Promise<void> {
    // A scenario may come to it when the run has broken off.
    if (this.#isOver) return;
    this.#isDown = true;
    this.#latest = this.#killed();
    await this.#latest;
  }

  /** Also where the run is interrupted by now. */
  async start(): Promise<void> {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#latest = this.#started();
    await this.#latest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#latest.catch(() => undefined);
    await this.start().catch((error: Error) => this.#complain(error.message));
    await this.#endServers();
    this.#forget();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #killed(): Promise<void> {
    const command = this.#run(this.#commands.kill, '--kill-cmd');
    const deadline = this.#clock.now() + this.#timeoutMs;
    while (!hasEnded(command.child)) {
      if (this.#clock.now() > deadline) {
        await stopGroup(command.child, this.#clock);
        throw new CommandFailed(`the --kill-cmd command had not ended after ${this.#timeoutMs / 1000} s`);
      }
      await sleep(this.#clock, 10);
    }
    command.requireSuccess();
    // A shell may outlive the server that was its last command.
    await this.#endServers();
  }

  async #started(): Promise<void> {
    const command = this.#run(this.#commands.start, '--start-cmd');
    const deadline = this.#clock.now() + this.#timeoutMs;
    let why: Error | undefined;
    do {
      if (hasEnded(command.child)) command.requireSuccess();
      why = await this.#answers().then(
        () => undefined,
        (error: Error) => error,
      );
      if (!why) {
        if (!hasEnded(command.child)) this.#servers.add(command.child);
        return;
      }
      await sleep(this.#clock, 20);
    } while (this.#clock.now() < deadline);
    await stopGroup(command.child, this.#clock);
    throw new CommandFailed(
      `after the --start-cmd command nothing answered within ${this.#timeoutMs / 1000} s: ${why.message}`,
    );
  }

  async #endServers(): Promise<void> {
    const running = [...this.#servers].filter((child) => !hasEnded(child));
    this.#servers.clear();
    await Promise.all(running.map((child) => stopGroup(child, this.#clock)));
  }

  /** Where this process ends and nothing can be waited for. */
  #endAtOnce(): void {
    for (const child of this.#servers) if (!hasEnded(child)) signalGroup(child.pid as number, 'SIGKILL');
    if (this.#isDown) spawn(this.#commands.start, { shell: true, detached: true, stdio: 'ignore' }).unref();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(command: string, flag: string): { readonly child: ChildProcess; requireSuccess(): void } {
    // A file, as what the command leaves running in the background would be cut off a pipe together with us.
    const complaints = join(this.#folder, flag);
    const file = openSync(complaints, 'w');
    // A process group of its own: Ctrl-C is for ssert, and what stays in the foreground can be ended as a whole.
    const child = spawn(command, { shell: true, detached: true, stdio: ['ignore', 'ignore', file] });
    closeSync(file);
    return {
      child,
      requireSuccess: () => {
        if (child.exitCode === 0) return;
        const told = tellingLines(readFileSync(complaints, 'utf8').slice(-65_536));
        const said = told === '' ? 'it said nothing on standard error' : `it said: ${told}`;
        throw new CommandFailed(
          `the ${flag} command ended with ${child.signalCode ?? `exit code ${child.exitCode}`}; ${said}`,
        );
      },
    };
  }
}
