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

/**
 * What /proc tells of one process, or of several that are one server: their sum, in which memory that they share counts
 * once.
 * @throws Error where there is no such process, or it is another user's
 */
export async function vitals(pids: readonly number[]): Promise<Vitals> {
  const each = await Promise.all(pids.map((pid) => vitalsOf(pid, pids.length > 1)));
  const sum = (key: keyof Vitals): number => each.reduce((total, one) => total + one[key], 0);
  return {
    residentBytes: sum('residentBytes'),
    descriptors: sum('descriptors'),
    sockets: sum('sockets'),
    threads: sum('threads'),
  };
}

async function vitalsOf(pid: number, shares: boolean): Promise<Vitals> {
  const [status, descriptors] = await Promise.all([statusOf(pid), linksOf(pid)]);
  return {
    residentBytes: shares ? await proportionalBytes(pid) : residentOf(pid, status),
    descriptors: descriptors.length,
    sockets: descriptors.filter((link) => link.startsWith('socket:')).length,
    threads: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? 0),
  };
}

/** Resident memory of a process in bytes; of a page that `n` processes share, the `n`th part. */
async function proportionalBytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
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

/**
 * The processes that own the socket listening on a port: one, or a master and its workers; their common ancestor first.
 * Empty where that cannot be told.
 */
export async function listeningPids(port: number): Promise<number[]> {
  const listening = (await socketTable()).filter(({ localPort, state }) => localPort === port && state === 'listen');
  const inodes = new Set(listening.map(({ inode }) => `socket:[${inode}]`));
  if (inodes.size === 0) return [];
  const owners: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const links = await linksOf(Number(pid)).catch((): string[] => []);
    if (links.some((link) => inodes.has(link))) owners.push(Number(pid));
  }
  const parents = await Promise.all(owners.map(parentOf));
  return owners.toSorted(
    (a, b) =>
      Number(owners.includes(parents[owners.indexOf(a)] ?? 0)) -
      Number(owners.includes(parents[owners.indexOf(b)] ?? 0)),
  );
}

/** The processes of a process group. */
export async function pidsOfGroup(group: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const groups = await Promise.all(pids.map(groupOf));
  return pids.filter((_, at) => groups[at] === group);
}

async function groupOf(pid: number): Promise<number> {
  return Number((await statOf(pid))[2]);
}

/** CPU time that processes and their threads have used so far, in ms; the kernel counts in hundredths of a second. */
export async function cpuMs(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map(statOf));
  return each.reduce((total, fields) => total + 10 * (Number(fields[11]) + Number(fields[12])), 0);
}

/** The fields of `/proc/PID/stat` from the state on; none where there is no such process. */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name before them may hold blanks and brackets.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function parentOf(pid: number): Promise<number> {
  const status = await statusOf(pid).catch(() => '');
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
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
