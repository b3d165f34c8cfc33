// Stops processes and lets them go on, so that they run a given part of the time only. It tells each second for how long they
// did, and whatever becomes of who started it, in the end they run.
import { leaveCtrlCToParent } from '../engine/own-module.ts';
import type { ShareCommand, ShareTold } from './cpu-share.ts';

/** So long they run and stand together. */
const cycleMs = 20;

let share = 1;
let pids: readonly number[] = [];
let running = true;
let changedMs = performance.now();
let timer: NodeJS.Timeout | undefined;
/** Since these processes are followed. */
let ranMs = 0;
let stoodMs = 0;

process.on('message', (command: ShareCommand) => {
  goOn();
  clearTimeout(timer);
  ({ share, pids } = command);
  changedMs = performance.now();
  [ranMs, stoodMs] = [0, 0];
  run();
});
process.on('disconnect', () => {
  goOn();
  process.exit();
});
leaveCtrlCToParent();
setInterval(() => {
  if (ranMs > 0) process.send?.({ ranMs, stoodMs } satisfies ShareTold);
}, 1000);

function run(): void {
  goOn();
  timer = setTimeout(stand, share * cycleMs);
}

function stand(): void {
  signal('SIGSTOP');
  running = false;
  const now = performance.now();
  ranMs += now - changedMs;
  changedMs = now;
  const fairMs = (1 - share) * cycleMs;
  // What timers were late by is made good, but not in a rush.
  const dueMs = ranMs / share - ranMs - stoodMs;
  timer = setTimeout(run, Math.min(2 * fairMs, Math.max(fairMs / 2, dueMs)));
}

function goOn(): void {
  signal('SIGCONT');
  if (running) return;
  running = true;
  const now = performance.now();
  stoodMs += now - changedMs;
  changedMs = now;
}

function signal(name: 'SIGSTOP' | 'SIGCONT'): void {
  pids = pids.filter((pid) => {
    try {
      return process.kill(pid, name);
    } catch {
      // It has ended.
      return false;
    }
  });
}
