import { readdirSync, readFileSync } from 'node:fs';

/** What a process and those it started use. */
export interface Usage {
  /** User and system time since they started. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** Linux reports processor time in hundredths of a second, on every architecture that Node runs on. */
const tickMs = 10;
/** Where `utime` stands, counted from behind the command's name, which may hold spaces. */
const userTimeField = 11;

/** The process and all below it, it first. Those that are gone are left out. */
export function processTree(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(processTree)];
  } catch {
    return [];
  }
}

export function usageOf(pid: number): Usage {
  let cpuMs = 0;
  let rssBytes = 0;
  for (const one of processTree(pid)) {
    const stat = readFileSync(`/proc/${one}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuMs += (Number(fields[userTimeField]) + Number(fields[userTimeField + 1])) * tickMs;
    rssBytes += Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  }
  return { cpuMs, rssBytes };
}

/** Ends the process and all below it at once. */
export function killTree(pid: number): void {
  for (const one of processTree(pid)) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}
