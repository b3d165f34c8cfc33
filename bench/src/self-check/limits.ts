/** What the generator was like in one second; shares 0 to 1, times us. */
export interface GeneratorSecond {
  /** Of the busiest thread. */
  readonly loopUtilisation: number;
  readonly loopDelayP99Us: number;
  /** Share of one core that the busiest thread used. */
  readonly threadCpu: number;
  readonly publishLagP99Us: number;
  /** Of all CPUs' time, what the hypervisor gave to others. */
  readonly steal: number;
  /** Share of the time that a thread which receives or publishes was ready and had no CPU, of the one that waited longest. */
  readonly cpuWait: number;
  /** Share of the time in which some task of the machine waited for a CPU; null where the kernel tells nothing. */
  readonly psi: number | null;
  /** Of one core, what neither the generator nor the server used; null where that is not known. */
  readonly foreignCpu: number | null;
  /** Of files that the fullest process may open, those left. */
  readonly filesLeft: number;
  /** Of ports that the fullest source address has, those left. */
  readonly portsLeft: number;
}

export const limits = {
  loopUtilisation: 0.7,
  /** Or 10 % of the objective's latency, where that is more. */
  lateUs: 5000,
  threadCpu: 0.8,
  steal: 0.02,
  /** What a thread leaves of a core by `threadCpu`. */
  cpuWait: 0.2,
  psi: 0.1,
  /** Tasks wait for others no longer than these run: with less of them, it was generator and server among themselves. */
  foreignCpu: 0.1,
  headroom: 0.05,
  /** Of all seconds, those that may break a limit. */
  badSeconds: 0.01,
  /** Of what the generator reaches with the null server, what a trial may ask for. */
  ofCeiling: 0.7,
  /** Or 10 % of the canary's, where that is more. */
  canaryUs: 1000,
} as const;

/** Whether who broke a limit was neither generator nor server: others on this machine, or on its host. */
export function isOthers(broke: string): boolean {
  return / while others used | hypervisor /.test(broke);
}

/** The limits that a second breaks, each in some words; none where it breaks none. */
export function broken(second: GeneratorSecond, latencyLimitUs = 0): string[] {
  const lateUs = Math.max(limits.lateUs, 0.1 * latencyLimitUs);
  const words = (share: number): string => `${Math.round(share * 100)} %`;
  const ms = `${lateUs / 1000} ms`;
  const checks: readonly (readonly [boolean, string])[] = [
    [
      second.loopUtilisation > limits.loopUtilisation,
      `an event loop was busy more than ${words(limits.loopUtilisation)}`,
    ],
    [second.loopDelayP99Us > lateUs, `an event loop was late by more than ${ms} (p99)`],
    [second.publishLagP99Us > lateUs, `the publisher was late by more than ${ms} (p99)`],
    [second.threadCpu > limits.threadCpu, `a thread used more than ${words(limits.threadCpu)} of a core`],
    [second.steal > limits.steal, `the hypervisor took more than ${words(limits.steal)} of the CPUs`],
    [
      second.cpuWait > limits.cpuWait,
      `a thread of the generator waited for a CPU more than ${words(limits.cpuWait)} of the time`,
    ],
    [
      second.psi !== null && second.psi > limits.psi && (second.foreignCpu ?? 1) > limits.foreignCpu,
      second.foreignCpu === null
        ? `tasks waited for a CPU more than ${words(limits.psi)} of the time`
        : `tasks waited for a CPU more than ${words(limits.psi)} of the time, while others used more than ${words(limits.foreignCpu)} of a core`,
    ],
    [second.filesLeft < limits.headroom, `less than ${words(limits.headroom)} of the open files were left`],
    [second.portsLeft < limits.headroom, `less than ${words(limits.headroom)} of the ports were left`],
  ];
  return checks.filter(([is]) => is).map(([, what]) => what);
}
