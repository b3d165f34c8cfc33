import type { ChurnPlan } from '../engine/receiver-plan.ts';
import type { Load } from '../settings.ts';
import { type Findings, type Measured, rampOf, type Scenario, steadyLoad } from './scenario.ts';

export const churn: Scenario = {
  name: 'churn',
  meaning: 'Clients leave and others, or the same again, take their places; what is published stays as it is.',
  publishes: true,
  streams: rampOf,
  schedule: steadyLoad,
  churn: churnOf,
  findings: churnFindings,
};

/** How clients of a load leave, and come back. */
export function churnOf(load: Load): ChurnPlan {
  const left = 1 - load.abortsInHead;
  return {
    law: load.lifetimeLaw,
    meanUs: load.lifetimeMs * 1000,
    resuming: load.resuming,
    closings: { 'in-head': load.abortsInHead, rst: left * load.resets, fin: left * (1 - load.resets) },
  };
}

export function churnFindings({ counters, windows }: Measured): Findings {
  const rss = windows.filter(({ phase }) => phase === 'measure').flatMap((window) => window.rss ?? []);
  return {
    connects: counters.attempted,
    left: counters.left,
    resumed: counters.reconnected,
    connectsPerS: counters.attempted / Math.max(1, windows.length),
    ...(rss.length > 1 ? { rssDriftBytes: (rss.at(-1) ?? 0) - (rss[0] ?? 0) } : {}),
  };
}
