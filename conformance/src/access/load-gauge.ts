import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoadGauge } from '../harness-load.ts';

const resolutionMs = 10;

/** Opens the gauge of this process and machine; `close` lets go of its timer. */
export function openLoadGauge(): LoadGauge {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  // The histogram holds the time from one turn of its timer to the next, in ns.
  const delayMs = (intervalNs: number): number => Math.max(0, intervalNs / 1e6 - resolutionMs);
  return {
    loopDelay: () =>
      delays.count === 0
        ? { p99Ms: 0, worstMs: 0 }
        : { p99Ms: delayMs(delays.percentile(99)), worstMs: delayMs(delays.max) },
    cpuWaitedMs,
    ownCpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    loadPerCore: () => (loadavg()[0] ?? 0) / availableParallelism(),
    close: () => delays.disable(),
  };
}

/** Linux keeps account of the time in which some task waited (`some … total=`, in µs), where that is not turned off. */
function cpuWaitedMs(): number | undefined {
  try {
    const total = /^some .*total=(\d+)/m.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1];
    return total === undefined ? undefined : Number(total) / 1000;
  } catch {
    return undefined;
  }
}
