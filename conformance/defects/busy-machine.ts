import type { LoadGauge } from '../src/harness-load.ts';

/** Tells of a machine on which some task waits for a CPU all the time; the harness itself is never held up. */
export function busyMachine(): LoadGauge {
  return {
    loopDelay: () => ({ p99Ms: 1, worstMs: 1 }),
    cpuWaitedMs: () => performance.now(),
    ownCpuMs: () => 0,
    loadPerCore: () => 2,
    close: () => undefined,
  };
}
