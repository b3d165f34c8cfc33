export type { BenchAccess } from './access.ts';
export { type ComparedMetric, type Comparison, compareResults } from './compare/compare.ts';
export {
  emptyHistogram,
  histogramOf,
  largestUs,
  mergedRecords,
  percentileOf,
  percentilesOf,
  recordOf,
} from './histogram/histogram.ts';
export { modelsOf } from './model/models-of.ts';
export type { NodeDemand, NodeLimits } from './model/nodes.ts';
export { type Projected, type ProjectionRequest, project } from './model/project.ts';
export { type ScalingPoint, uslCapacity } from './model/usl-fit.ts';
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
export { benchJsonSchema, readBenchResult } from './results/bench-result-schema.ts';
export { type BenchOptions, type RunTrial, runBench } from './run-bench.ts';
export { type Burst, type BurstRow, burstOf } from './scenarios/burst.ts';
export type { ServerControl } from './scenarios/scenario.ts';
export { type SearchOptions, type SearchOutcome, searchCapacity } from './search/search-capacity.ts';
export type { Purpose, SearchProgress, TrialRequest } from './search/trial-request.ts';
export type { StopReason } from './search/trial-runner.ts';
export { type GivenLoad, type Load, type LoadName, type LoadSetting, loadSettings } from './settings.ts';
export { evaluateSlo, type SloOutcome, type SloTerm } from './slo/evaluate-slo.ts';
export { comparisons, parseSlo, requireMeasurable } from './slo/parse-slo.ts';
export { jainIndex, rankCorrelation } from './statistics/fairness.ts';
export { blockBootstrapInterval, bootstrapInterval, type Interval, tInterval } from './statistics/intervals.ts';
export { kneeOf } from './statistics/knee.ts';
export { type AfterClose, type LeakVerdict, leakVerdict, type SoakSeries } from './statistics/leak.ts';
export { leastSettleMs, mostSettleMs, type Settling, settlingOf } from './statistics/settle.ts';
export { type Trend, trendOf } from './statistics/trend.ts';
export type { BenchEvent, Tell } from './trial/progress.ts';
