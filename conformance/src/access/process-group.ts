import type { ChildProcess } from 'node:child_process';
import { type Clock, sleep } from '@ssert/protocol';

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends the process group that a child leads: SIGTERM, and SIGKILL after a second. */
export async function stopGroup(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once('exit', () => resolve());
  });
  signalGroup(child.pid, 'SIGTERM');
  const patience = new AbortController();
  await Promise.race([gone, sleep(clock, 1000, patience.signal)]);
  patience.abort();
  // The group may outlive the shell that led it.
  signalGroup(child.pid, 'SIGKILL');
  await gone;
}

export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  signalOne(-leader, signal);
}

export function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it has ended already.
  }
}
