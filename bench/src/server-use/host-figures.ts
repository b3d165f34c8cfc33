import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import type { Host } from '../results/bench-result.ts';

/** What the kernel has counted since it started; null where it does not tell. */
export interface HostFigures {
  /** us in which some task waited for a CPU (pressure stall information). */
  readonly psiCpuUs: number | null;
  /** Ticks of all CPUs together, and those of them that the hypervisor gave to others. */
  readonly cpuTicks: number;
  readonly stolenTicks: number;
  readonly listenOverflows: number;
}

export function hostFigures(): HostFigures {
  const ticks = (/^cpu +(.*)$/m.exec(read('/proc/stat'))?.[1] ?? '').split(' ').map(Number);
  const pressure = /^some .*total=(\d+)$/m.exec(read('/proc/pressure/cpu'))?.[1];
  return {
    psiCpuUs: pressure === undefined ? null : Number(pressure),
    cpuTicks: ticks.slice(0, 8).reduce((sum, one) => sum + one, 0),
    stolenTicks: ticks[7] ?? 0,
    listenOverflows: counter('TcpExt', 'ListenOverflows'),
  };
}

/** This machine, as a result names it. @param serverPid where the server is on it */
export function thisHost(loopback: boolean, serverPid: number | undefined): Host {
  const pinned = serverPid === undefined ? undefined : pinnedApart(serverPid);
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.versions.node,
    loopback,
    ...(pinned ? { pinned } : {}),
  };
}

/** The CPUs that this process and the server may run on, where they share none. */
export function pinnedApart(serverPid: number): Host['pinned'] {
  const [generator, server] = [allowedCpus('self'), allowedCpus(String(serverPid))];
  return cpuNumbers(generator).isDisjointFrom(cpuNumbers(server)) ? { generator, server } : undefined;
}

/** Such as `0-3,8`. */
function allowedCpus(pid: string): string {
  return /^Cpus_allowed_list:\s+(\S+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '';
}

function cpuNumbers(list: string): Set<number> {
  const ranges = list.split(',').map((range) => range.split('-').map(Number));
  return new Set(
    ranges.flatMap(([from = 0, to = from]) => Array.from({ length: to - from + 1 }, (_, at) => from + at)),
  );
}

function counter(group: string, name: string): number {
  const [names = '', values = ''] = read('/proc/net/netstat')
    .split('\n')
    .filter((line) => line.startsWith(`${group}:`));
  return Number(values.split(' ')[names.split(' ').indexOf(name)] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
