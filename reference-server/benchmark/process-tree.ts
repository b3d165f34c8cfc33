import { readdirSync, readFileSync } from 'node:fs';

/** What a process and those it started use. */
export interface Usage {
  /** User and system time of the threads that run. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

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
    for (const task of readdirSync(`/proc/${one}/task`)) {
      // The same time as `utime` and `stime` in `stat`, but in nanoseconds instead of hundredths of a second.
      const [nanoseconds] = readFileSync(`/proc/${one}/task/${task}/schedstat`, 'utf8').split(' ');
      cpuMs += Number(nanoseconds) / 1e6;
    }
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    rssBytes += Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
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
