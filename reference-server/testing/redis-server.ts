import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { describe, expect, onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

const absent = ((): string | undefined => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no redis-server: apt-get install -y redis-server';
  }
})();

/** Tests that need a `redis-server`. Without one they are skipped, and say why; but they fail where CI is set. */
export function describeWithRedis(name: string, tests: () => void): void {
  if (absent === undefined) return void describe(name, tests);
  if (process.env.CI) throw new Error(absent);
  console.warn(`skipped: ${name}; ${absent}`);
  describe.skip(name, tests);
}

/** A Redis of the test's own, on a port of its own of 127.0.0.1, with its files in a folder that goes with it. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * Starts one that writes each change to its disk before it answers; it ends with the test.
   * @param options as on the command line of `redis-server`, such as `--maxmemory 8mb`; they replace the defaults
   */
  static async start(...options: string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'ssert-redis-'));
    const redis = new RedisServer(await freePort(), folder, options);
    onTestFinished(async () => {
      await redis.kill();
      await rm(folder, { recursive: true, force: true });
    });
    await redis.startAgain();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it on the same port, with what it wrote to its disk; resolves when it answers. */
  async startAgain(...more: string[]): Promise<void> {
    await this.launch(...more);
    await expect.poll(() => this.say('PING').catch((error: Error) => error.message), { timeout: 10_000 }).toBe('PONG');
  }

  /** The same without waiting until it answers. */
  async launch(...more: string[]): Promise<void> {
    const fixed = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];
    this.#process = spawn('redis-server', [...fixed, ...durable, ...this.#options, ...more], { stdio: 'ignore' });
    await once(this.#process, 'spawn');
  }

  /** Ends it as `kill -9` does. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }

  /** Keeps it from doing anything, with its connections open, until {@link goOn}. */
  hang(): void {
    this.#process?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Sends one command, over a connection of its own. */
  async say(...command: string[]): Promise<unknown> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(command);
    } finally {
      client.destroy();
    }
  }
}
