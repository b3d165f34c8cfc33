/** How long and how much is measured. Rates are events per second, each sent to every stream. */
export interface Effort {
  /** Rounds of what is compared closely; a round measures each server once, the floor first. */
  readonly rounds: number;
  /** Rounds of what varies less or takes long. */
  readonly coarseRounds: number;
  /** After a start, until code is compiled and what one-time work leaves behind is gone. */
  readonly warmUpSeconds: number;
  /** Before a turn, as the server has been idle since its last. */
  readonly rewarmSeconds: number;
  /** Before memory is read. */
  readonly settleMs: number;
  readonly cpuSeconds: number;
  readonly closedLoopSeconds: number;
  readonly probeSeconds: number;
  readonly mostProbes: number;
  readonly opensSeconds: number;
  readonly stalledSeconds: number;
}

export const efforts: Readonly<Record<'full' | 'quick', Effort>> = {
  full: {
    rounds: 6,
    coarseRounds: 1,
    warmUpSeconds: 1,
    rewarmSeconds: 0.3,
    settleMs: 1000,
    cpuSeconds: 1,
    closedLoopSeconds: 0.5,
    probeSeconds: 1.5,
    mostProbes: 5,
    opensSeconds: 1.5,
    stalledSeconds: 5,
  },
  quick: {
    rounds: 2,
    coarseRounds: 1,
    warmUpSeconds: 0.5,
    rewarmSeconds: 0.2,
    settleMs: 500,
    cpuSeconds: 1,
    closedLoopSeconds: 0.5,
    probeSeconds: 1,
    mostProbes: 3,
    opensSeconds: 1,
    stalledSeconds: 4,
  },
};

export const streams = 1000;
/** At this rate every event goes out alone: the one before has long been sent. */
export const aloneRate = 40;
/** Bytes of data that make an event of 220 bytes: `data: ` before it and two line ends behind. */
export const dataBytes = 212;

export const idleStreams = 5000;
/** Below the 20,000 files of a process, also for a server that notices late who has left. */
export const mostOpens = 15_000;

/**
 * One in ten stalls. Fewer streams at a higher rate, so that more is published than the kernel buffers for each of them:
 * 200 events of 4 KB, 40 MB for all that stall.
 */
export const stalledAmong = 500;
export const stalledStreams = 50;
export const stalledRate = 40;
export const stalledDataBytes = 4096;

/** What a rate must keep to count as sustained. */
export const sustained = {
  p99Us: 1_000_000,
  /** Share of the deliveries that arrive. */
  delivered: 0.999,
  /** How late the last event may be everywhere: what grows during a short probe would in time exceed any limit. */
  endLagUs: 250_000,
} as const;
