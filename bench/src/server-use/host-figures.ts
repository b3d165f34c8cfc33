import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import type { BenchTarget, Host } from '../results/bench-result.ts';

/** What the kernel has counted since it started; null where it does not tell. */
export interface HostFigures {
  /** us in which some task waited for a CPU (pressure stall information). */
  readonly psiCpuUs: number | null;
  /** us that all CPUs together ran no task. */
  readonly taskFreeUs: number;
  /** Ticks of all CPUs together, and those of them that the hypervisor gave to others. */
  readonly cpuTicks: number;
  readonly stolenTicks: number;
}

/** Of `/proc/stat`: 100 a second wherever Node runs. */
const tickUs = 10_000;

export function hostFigures(): HostFigures {
  const ticks = (/^cpu +(.*)$/m.exec(read('/proc/stat'))?.[1] ?? '').split(' ').map(Number);
  const [, , , idle = 0, waiting = 0, irq = 0, softirq = 0, stolen = 0] = ticks;
  // A kernel that samples what runs at each tick finds no interrupt at work, and counts what they do as the tasks' that
  // they interrupt; one that measures them counts it apart.
  const interrupts = irq > 0 ? irq + softirq : 0;
  const pressure = /^some .*total=(\d+)$/m.exec(read('/proc/pressure/cpu'))?.[1];
  return {
    psiCpuUs: pressure === undefined ? null : Number(pressure),
    taskFreeUs: (idle + waiting + stolen + interrupts) * tickUs,
    cpuTicks: ticks.slice(0, 8).reduce((sum, one) => sum + one, 0),
    stolenTicks: stolen,
  };
}

/** This machine, as a result names it. */
export function thisHost({ url, pid }: Pick<BenchTarget, 'url' | 'pid'>): Host {
  const pinned = pid === undefined ? undefined : pinnedApart(pid);
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.versions.node,
    loopback: /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname),
    ...(pinned ? { pinned } : {}),
  };
}

/** The CPUs that this process and the server may run on, where they share none. */
export function pinnedApart(serverPid: number): Host['pinned'] {
  const [generator, server] = [allowedCpus('self'), allowedCpus(String(serverPid))];
  if (generator === undefined || server === undefined) return undefined;
  return cpuNumbers(generator).isDisjointFrom(cpuNumbers(server)) ? { generator, server } : undefined;
}

/** Such as `0-3,8`; undefined where the process is gone. */
function allowedCpus(pid: string): string | undefined {
  return /^Cpus_allowed_list:\s+(\S+)$/m.exec(read(`/proc/${pid}/status`))?.[1];
}

function cpuNumbers(list: string): Set<number> {
  const ranges = list.split(',').map((range) => range.split('-').map(Number));
  return new Set(
    ranges.flatMap(([from = 0, to = from]) => Array.from({ length: to - from + 1 }, (_, at) => from + at)),
  );
}

/** Ports that one address of this machine has to one destination. @param range as the kernel tells it */
export function portsPerAddress(range: string = read('/proc/sys/net/ipv4/ip_local_port_range')): number {
  const [, from, to] = /^(\d+)\s+(\d+)/.exec(range) ?? [];
  // As Linux comes.
  return from === undefined ? 28_232 : Number(to) - Number(from) + 1;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
