export {
  type BenchResult,
  type BenchTarget,
  type Capacity,
  type DeliveryCounts,
  type Fairness,
  type Finding,
  type GeneratorUse,
  type HistogramName,
  type HistogramRecord,
  type Host,
  histogramNames,
  type Models,
  type Plan,
  type Projection,
  type ScenarioName,
  type ServerUse,
  type SloTree,
  scenarioNames,
  type Trial,
  type UslModel,
  type Validity,
  type Verdict,
  type Window,
} from './results/bench-result.ts';
export { type BenchAccess, type BenchOptions, type RunTrial, runBench } from './run-bench.ts';
export { type Burst, type BurstRow, burstOf } from './scenarios/burst.ts';
export type { ServerControl } from './scenarios/scenario.ts';
export { type GivenLoad, type Load, type LoadName, type LoadSetting, loadSettings } from './settings.ts';
export type { BenchEvent, Tell } from './trial/progress.ts';
