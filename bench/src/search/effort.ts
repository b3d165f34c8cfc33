import type { SloTree } from '../results/bench-result.ts';
import type { GivenLoad, Load } from '../settings.ts';
import { publishesNeeded } from '../slo/publishes-needed.ts';

export type EffortName = 'full' | 'quick';

/** How much time a search takes for its answer. */
export interface Effort {
  /** No trial begins after this much time. */
  readonly budgetMs: number;
  /** The search ends where the loads that pass and fail are this close. */
  readonly precision: number;
  /** Trials that confirm a load. */
  readonly confirmations: number;
  /** Trials that must agree on a load that is only on the way. */
  readonly agreeing: number;
  /** By how much the load grows until one fails. */
  readonly stride: number;
  /** The most that a trial on the way takes. */
  readonly rough: Required<Pick<GivenLoad, 'durationMs' | 'holdMs' | 'settleMinMs' | 'settleMaxMs'>>;
  /** The longest that a trial that decides measures, where nothing else is said: of few events more would leave no time for others. */
  readonly longestMs: number;
  /** What a trial that decides takes, where nothing else is said. */
  readonly sure: Pick<GivenLoad, 'durationMs' | 'holdMs' | 'settleMinMs' | 'settleMaxMs'>;
}

export const efforts: Readonly<Record<EffortName, Effort>> = {
  /** Ends in less than half an hour. */
  full: {
    budgetMs: 25 * 60_000,
    precision: 1.05,
    confirmations: 5,
    agreeing: 2,
    stride: 2,
    rough: { durationMs: 6000, holdMs: 2000, settleMinMs: 3000, settleMaxMs: 3000 },
    longestMs: 120_000,
    sure: { settleMaxMs: 20_000 },
  },
  /** Ends in five minutes, with too few publishes for p99. */
  quick: {
    budgetMs: 4 * 60_000,
    precision: 1.15,
    confirmations: 3,
    agreeing: 1,
    stride: 4,
    rough: { durationMs: 3000, holdMs: 1000, settleMinMs: 2000, settleMaxMs: 2000 },
    longestMs: 8000,
    sure: { durationMs: 8000, holdMs: 4000, settleMinMs: 2000, settleMaxMs: 4000 },
  },
};

/** Less says little of a server that stands still now and then. */
const leastMeasuredMs = 20_000;

/** The load, measured as long as the percentiles of the objective need, so that the time goes into more trials. */
export function enoughFor(slo: SloTree, load: Load, { longestMs }: Effort): Load {
  const neededMs = (publishesNeeded(slo) / (load.rate * load.topics)) * 1000;
  // One publish more, as the first and the last may lie beyond the ends.
  const enoughMs = Math.max(leastMeasuredMs, Math.ceil(neededMs + 1000 / load.rate));
  return { ...load, durationMs: Math.min(longestMs, enoughMs) };
}

/** The load of a trial that only has to find the way. */
export function roughly(load: Load, { rough }: Effort): Load {
  const least = (name: keyof Effort['rough']): number => Math.min(load[name], rough[name]);
  return {
    ...load,
    durationMs: least('durationMs'),
    holdMs: least('holdMs'),
    settleMinMs: least('settleMinMs'),
    settleMaxMs: least('settleMaxMs'),
  };
}
