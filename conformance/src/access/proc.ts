import { readdir, readFile, readlink } from 'node:fs/promises';
import { socketTable } from './socket-table.ts';

/** What /proc tells of a process at one moment. */
export interface Vitals {
  readonly residentBytes: number;
  /** Open files, sockets among them. */
  readonly descriptors: number;
  readonly sockets: number;
  readonly threads: number;
}

/** @throws Error where there is no such process, or it is another user's */
export async function vitals(pid: number): Promise<Vitals> {
  const [status, descriptors] = await Promise.all([statusOf(pid), linksOf(pid)]);
  return {
    residentBytes: residentOf(pid, status),
    descriptors: descriptors.length,
    sockets: descriptors.filter((link) => link.startsWith('socket:')).length,
    threads: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? 0),
  };
}

/** Resident memory of a process in bytes. @throws Error where there is no such process */
export async function residentBytes(pid: number): Promise<number> {
  return residentOf(pid, await statusOf(pid));
}

/** Whether the process still runs; one that has ended and that nobody has waited for does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await statusOf(pid).catch(() => '');
  return status !== '' && !/^State:\s+[ZX]/m.test(status);
}

/** The process that owns the socket listening on a port; undefined where that cannot be told. */
export async function listeningPid(port: number): Promise<number | undefined> {
  const listening = (await socketTable()).filter(({ localPort, state }) => localPort === port && state === 'listen');
  const inodes = new Set(listening.map(({ inode }) => `socket:[${inode}]`));
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const links = await linksOf(Number(pid)).catch((): string[] => []);
    if (links.some((link) => inodes.has(link))) return Number(pid);
  }
  return undefined;
}

function statusOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/status`, 'utf8');
}

function residentOf(pid: number, status: string): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`process ${pid} tells no resident memory: it has ended`);
  return Number(kib) * 1024;
}

/** What the descriptors of a process stand for; one that is closed meanwhile is left out. */
async function linksOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => ''));
  return (await Promise.all(links)).filter((link) => link !== '');
}
