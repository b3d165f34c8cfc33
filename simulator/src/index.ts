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
export { type Description, describe, distance, gapsOf } from './statistics/describe.ts';
