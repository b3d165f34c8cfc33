import { churnFindings, churnOf } from './churn.ts';
import { rampOf, type Scenario, steadyLoad } from './scenario.ts';

export const soak: Scenario = {
  name: 'soak',
  meaning: 'Churn for an hour and more, twice, with a rest behind each: what is left then has leaked.',
  publishes: true,
  defaults: { durationMs: 3_600_000 },
  cycles: 2,
  // Memory of a runtime grows to its size before it stays.
  first: (load) => ({ ...load, durationMs: Math.max(500, load.durationMs / 4) }),
  streams: rampOf,
  schedule: steadyLoad,
  churn: churnOf,
  findings: churnFindings,
};
