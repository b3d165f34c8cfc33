import { nowUs } from '../engine/clock-us.ts';
import { type HostFigures, hostFigures } from './host-figures.ts';
import { cpuNsOf, type ProcessFigures, processFigures, processTree } from './process-figures.ts';

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
  const serverPids = serverPid === undefined ? [] : processTree(serverPid);
  const own = new Set([...generatorPids, ...serverPids]);
  return {
    atUs: nowUs(),
    host: hostFigures(),
    server: serverPid === undefined ? undefined : processFigures(serverPids),
    ownCpuNs: new Map([...own].map((pid) => [pid, cpuNsOf(pid)])),
  };
}
