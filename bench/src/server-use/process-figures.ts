import { readdirSync, readFileSync } from 'node:fs';

/** What some processes have used so far, and hold now. */
export interface ProcessFigures {
  /** ns that their threads were on a CPU. */
  readonly cpuNs: number;
  readonly rssBytes: number;
}

const pageBytes = 4096;

/** Sums over processes; one that has ended is left out. */
export function processFigures(pids: readonly number[]): ProcessFigures {
  return { cpuNs: pids.reduce((sum, pid) => sum + cpuNsOf(pid), 0), rssBytes: rssBytesOf(pids) };
}

export function rssBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + Number(read(`/proc/${pid}/statm`).split(' ')[1] || 0) * pageBytes, 0);
}

/** Counted page by page, which takes ms: what the kernel keeps at hand is some dozens of pages behind for each core. */
export function countedRssBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kib = /^Rss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
    return sum + (kib === undefined ? rssBytesOf([pid]) : Number(kib) * 1024);
  }, 0);
}

/** ns that the threads which a process has now were on a CPU. */
export function cpuNsOf(pid: number): number {
  return entries(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] || 0),
    0,
  );
}

/** ns that the main thread of this process was ready and had no CPU; 0 where the kernel does not tell. */
export function mainThreadWaitNs(): number {
  return Number(read('/proc/self/schedstat').split(' ')[1] || 0);
}

/** Open files of these processes. */
export function openFiles(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + entries(`/proc/${pid}/fd`).length, 0);
}

/** How many files the process may hold open; infinite where that cannot be told. */
export function fileLimit(pid: number): number {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(read(`/proc/${pid}/limits`))?.[1];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** The process and all that it started, and what that started; none without one. */
export function processTree(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const children = new Map<number, number[]>();
  for (const name of entries('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The command in parentheses may hold blanks and parentheses.
    const parent = Number(read(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ')[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [pid];
  for (const one of tree) tree.push(...(children.get(one) ?? []));
  return tree;
}

/** Whether both processes read the same monotonic clock. */
export function sameClock(pid: number): boolean {
  const other = read(`/proc/${pid}/timens_offsets`);
  return other === '' || other === read('/proc/self/timens_offsets');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
