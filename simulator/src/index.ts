export { codeCompletion, type GatedModel, gatedArrivals, type WeibullLaw } from './arrivals/gated.ts';
export {
  type Arrivals,
  type GapLaw,
  type Hawkes,
  hawkesArrivals,
  type Mmpp,
  mmppArrivals,
  poissonArrivals,
  renewalArrivals,
} from './arrivals/processes.ts';
export {
  compressed,
  type Day,
  overDay,
  rateOfDay,
  recordedSurge,
  serviceDay,
  superposed,
  surge,
  thinned,
  until,
} from './arrivals/shaping.ts';
export { type PresetName, presets } from './network/presets.ts';
export { type Control, startControl } from './network/proxy/control.ts';
export { type Chaos, type ChaosOptions, type ChaosState, startChaos } from './network/proxy/start-chaos.ts';
export { resolveScenario } from './network/scenario.ts';
export {
  type ConnectionFaults,
  type Cut,
  connectionFaults,
  cuts,
  type FaultSetting,
  type Faults,
  type GivenFaults,
  resolveFaults,
  type WayFaults,
  wayFaults,
} from './network/settings.ts';
export type { Happened } from './network/tally.ts';
export type { ClientKind, ClientPlan, Leaving, Loss, Reading } from './populations/client-plan.ts';
export type { Lifetime } from './populations/lifetimes.ts';
export type { Outage } from './populations/outage.ts';
export { type PopulationSettings, population } from './populations/population.ts';
export { populations } from './populations/scenarios.ts';
export { type Description, describe, distance, gapsOf } from './statistics/describe.ts';
