import { join } from 'node:path';
import { freePort } from '../testing/free-port.ts';
import { startChild } from './child.ts';
import type { Contender } from './contenders.ts';
import { type Usage, usageOf } from './process-tree.ts';
import { type Reader, startReader } from './reader.ts';

const serverCore = '0';
const readerCore = '1';
const startSeconds = 15;

/** One server that runs, and a reader for it, each on a core of its own. */
export interface Session extends AsyncDisposable {
  readonly reader: Reader;
  usage(): Usage;
}

export interface Workshop {
  /** The folder of the compiled programs. */
  readonly built: string;
  /** A folder for what servers write. */
  readonly scratch: string;
}

/** @param prefix what to write before each command, such as to enter a network namespace */
export async function startSession(
  contender: Contender,
  { built, scratch }: Workshop,
  prefix: readonly string[] = [],
): Promise<Session> {
  const port = await freePort();
  const command = contender.command({ port, scratch, built });
  const server = await startChild(contender.name, [...prefix, 'taskset', '-c', serverCore, ...command], contender.cwd);
  // It may print as it likes, and must not wait for us to read.
  server.process.stdout?.resume();
  const stop = (): PromiseLike<void> => server[Symbol.asyncDispose]();
  try {
    const { publishPath, publishBody, heads } = contender;
    const args = [String(port), contender.streamPath ?? '/events', publishPath, publishBody, heads];
    const reader = await startReader([...prefix, 'taskset', '-c', readerCore, join(built, 'reader'), ...args], server);
    await reader.waitForServer(startSeconds);
    return {
      reader,
      usage: () => usageOf(server.pid),
      async [Symbol.asyncDispose]() {
        await reader[Symbol.asyncDispose]();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
