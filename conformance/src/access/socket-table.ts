import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** A TCP socket as the kernel's table shows it (Linux, `/proc/net/tcp` and `tcp6`). */
export interface TableSocket {
  readonly localPort: number;
  readonly remotePort: number;
  readonly state: string;
  readonly inode: string;
}

/** States of the table, by the kernel's numbers. */
const states: Readonly<Record<string, string>> = { '01': 'established', '08': 'close-wait', '0A': 'listen' };

/** Reads the kernel's table; its first line is a heading. */
export function parseSocketTable(text: string): TableSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
      if (local === undefined || remote === undefined || state === undefined || inode === undefined) return [];
      return [{ localPort: portOf(local), remotePort: portOf(remote), state: states[state] ?? 'other', inode }];
    });
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}

/** Whether this system has such a table. */
export const hasSocketTable: boolean = existsSync('/proc/net/tcp');

/** Every TCP socket of this network namespace; empty where the system tells none. */
export async function socketTable(): Promise<TableSocket[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return tables.flatMap(parseSocketTable);
}

/**
 * Connections that the server on a local port holds: established, and those that the client has closed and the server
 * has not (CLOSE_WAIT). What a client has reset is gone from the table at once, whatever the server still keeps of it.
 */
export async function socketsHeld(port: number): Promise<number> {
  const held = (await socketTable()).filter(
    ({ localPort, state }) => localPort === port && (state === 'established' || state === 'close-wait'),
  );
  return held.length;
}
