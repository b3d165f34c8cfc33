import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../../src/access/server-process.ts';

/** A redis-server of our own, on a free port and without a file. */
export interface Redis {
  readonly url: string;
  stop(): void;
}

/** @returns undefined where redis-server is not on this machine */
export async function startRedis(folder: string): Promise<Redis | undefined> {
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn('redis-server', flags, { stdio: ['ignore', 'ignore', 'inherit'] });
  const failed = once(child, 'error').then(([error]) => error as NodeJS.ErrnoException);
  const stop = (): void => void child.kill();
  for (let tries = 0; tries < 100; tries += 1) {
    const state = await Promise.race([failed, isListening(port)]);
    if (state === true) return { url: `redis://127.0.0.1:${port}`, stop };
    if (state !== false) {
      if (state.code === 'ENOENT') return undefined;
      throw state;
    }
    await setTimeout(100);
  }
  stop();
  throw new Error('redis-server does not listen after 10 seconds');
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
