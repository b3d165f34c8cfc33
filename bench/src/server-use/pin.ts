import { execFile } from 'node:child_process';

/** Lets a process run on these CPUs only, such as `0-3,8`; without taskset it stays where it is. */
export function pin(pid: number | undefined, cpus: string): Promise<void> {
  return new Promise((resolve) => {
    execFile('taskset', ['-acp', cpus, String(pid)], () => resolve());
  });
}
