export {
  codeCompletion,
  type GatedModel,
  gatedArrivals,
  silencesThatFollow,
  type WeibullLaw,
} from './arrivals/gated.ts';
export { type FlashCrowd, flashCrowd, type Outage, withOutage } from './arrivals/incidents.ts';
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
  type Course,
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
  warped,
} from './arrivals/shaping.ts';
export { type Candidate, type Fit, fit, Yardstick } from './fit/fit.ts';
export { type FitOptions, type FittedProfile, fitProfile } from './fit/fit-profile.ts';
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
export type { ClientOutage } from './populations/outage.ts';
export { type PopulationSettings, population } from './populations/population.ts';
export { populationJsonSchema, readPopulation } from './populations/read-population.ts';
export { type PopulationName, populations } from './populations/scenarios.ts';
export { arrivalsOf } from './profiles/arrivals-of.ts';
export { namedProfiles } from './profiles/named.ts';
export type { ArrivalModel, Incident, Profile, Scaling } from './profiles/profile.ts';
export { profileJsonSchema } from './profiles/profile-schema.ts';
export { profileNamed, readProfile, withOverrides } from './profiles/read-profile.ts';
export type { CallerModel } from './records/callers.ts';
export { type Due, type PlaybackOptions, playback } from './records/playback.ts';
export type { SizeLaw, Sizes } from './records/sizes.ts';
export type { UsageRecord } from './records/usage-record.ts';
export {
  type RecordModel,
  type RecordOptions,
  type TimedRecord,
  timedRecords,
  usageRecords,
} from './records/usage-records.ts';
export { csv, ndjson } from './records/writers.ts';
export { type Description, describe, distance, gapsOf, windowCounts } from './statistics/describe.ts';
export { isMissed, type Reached, wordsOfError, wordsOfTolerance } from './statistics/goals.ts';
export { sparkline } from './statistics/sparkline.ts';
export { table } from './statistics/table.ts';
export { readTrace, type Trace } from './trace/read-trace.ts';
