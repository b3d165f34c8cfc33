import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Random } from '@ssert/protocol';
import { KillableChild } from './killable-child.ts';

/** What stands behind the servers and keeps their events. */
export interface Backing {
  /** For the server's flag `--store`. */
  readonly setting: string;
  /** Servers that use it at the same time. */
  readonly servers: number;
  start(): Promise<void>;
  /** Kills what keeps the events and starts it again; absent where that is the server itself. */
  readonly restart?: () => Promise<void>;
  stop(): Promise<void>;
}

interface BackingParts {
  /** Empty, and gone after the run. */
  readonly folder: string;
  readonly random: Random;
  readonly fail: (error: Error) => void;
}

/** Each store that can be tested. */
export const backings: Readonly<Record<string, (parts: BackingParts) => Promise<Backing>>> = {
  sqlite: async ({ folder }) => ({
    setting: join(folder, 'events.sqlite'),
    servers: 1,
    start: async () => undefined,
    stop: async () => undefined,
  }),
  redis: async ({ folder, random, fail }) => {
    const port = await freePort(random);
    // A write that was answered must be in the file: `everysec` answers before, should the disk be slow.
    const command = ['redis-server', '--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    command.push('--appendonly', 'yes', '--appendfsync', 'always');
    let child: KillableChild | undefined;
    const start = async (): Promise<void> => {
      child = new KillableChild('redis-server', command, fail);
      await child.says('Ready to accept connections');
    };
    const stop = async (): Promise<void> => child?.kill();
    const restart = async (): Promise<void> => {
      await stop();
      await start();
    };
    return { setting: `redis://127.0.0.1:${port}`, servers: 2, start, restart, stop };
  },
};

/**
 * A port that nobody listens on, for a process that cannot choose one and keep it over its restarts. Below those that
 * systems give to outgoing connections: one of them could else take the port while its server is down, and a client
 * that tries a dead port of that range again and again finally connects to itself.
 */
export async function freePort(random: Random): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(random.next() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
