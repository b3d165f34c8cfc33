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

export function churnFindings(measured: Measured): Findings {
  const { counters, windows } = measured;
  const rss = windows.filter(({ phase }) => phase === 'measure').flatMap((window) => window.rss ?? []);
  return {
    connects: counters.attempted,
    refused: counters.refused,
    failed: counters.failed,
    left: counters.left,
    resumed: counters.reconnected,
    connectsPerS: connectsPerS(measured),
    ...(rss.length > 1 ? { rssDriftBytes: (rss.at(-1) ?? 0) - (rss[0] ?? 0) } : {}),
  };
}

/** From the end of the ramp until nobody leaves any more. */
function connectsPerS({ windows, attempted }: Measured): number {
  const first = windows.findLastIndex(({ phase }) => phase === 'ramp');
  const last = windows.findLastIndex(({ phase }) => phase !== 'drain');
  const seconds = ((windows[last]?.t ?? 0) - (windows[first]?.t ?? -1000)) / 1000;
  return last > first ? ((attempted[last] ?? 0) - (attempted[first] ?? 0)) / seconds : 0;
}
