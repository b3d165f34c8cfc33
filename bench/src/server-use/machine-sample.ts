import { cpus } from 'node:os';
import { nowUs } from '../engine/clock-us.ts';
import { type HostFigures, hostFigures } from './host-figures.ts';
import { cpuNsOf, type ProcessFigures, processTree, rssBytesOf } from './process-figures.ts';

/** Of the whole machine, whichever of them this process may use. */
const cpuCount = cpus().length;

/** What the machine, the server and the generator had used by one moment. */
export interface MachineSample {
  /** us of `nowUs`. */
  readonly atUs: number;
  readonly host: HostFigures;
  /** Of the server and what it started; undefined where it is not on this machine. */
  readonly server: ProcessFigures | undefined;
  /** ns that the processes of server and generator were on a CPU, by pid. */
  readonly ownCpuNs: ReadonlyMap<number, number>;
}

/** Takes milliseconds on a machine of many processes. @param generatorPids without their children */
export function machineSample(serverPid: number | undefined, generatorPids: readonly number[]): MachineSample {
  const serverPids = processTree(serverPid);
  const ownCpuNs = new Map([...generatorPids, ...serverPids].map((pid) => [pid, cpuNsOf(pid)]));
  const cpuNs = serverPids.reduce((sum, pid) => sum + (ownCpuNs.get(pid) ?? 0), 0);
  return {
    atUs: nowUs(),
    host: hostFigures(),
    server: serverPid === undefined ? undefined : { cpuNs, rssBytes: rssBytesOf(serverPids) },
    ownCpuNs,
  };
}

/**
 * Of one core, what processes used between two samples that are neither the generator's nor the server's.
 * @param cores of the machine
 */
export function foreignCpu(before: MachineSample, after: MachineSample, cores: number = cpuCount): number {
  const us = after.atUs - before.atUs;
  const busyUs = cores * us - (after.host.taskFreeUs - before.host.taskFreeUs);
  let ownUs = 0;
  for (const [pid, ns] of after.ownCpuNs) ownUs += (ns - (before.ownCpuNs.get(pid) ?? 0)) / 1000;
  return Math.max(0, busyUs - ownUs) / Math.max(1, us);
}
