export type { BenchAccess } from './access.ts';
export { type FiniteOptions, type FiniteStreams, timeFiniteStreams } from './closed-loop/finite-streams.ts';
export type { RestLoad } from './closed-loop/rest-load.ts';
export { type Saturation, type SaturationOptions, saturatePublish } from './closed-loop/saturate-publish.ts';
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
export { connectsPerNode } from './model/connects-per-node.ts';
export { modelled, type Serving, usualProjections } from './model/modelled.ts';
export { modelsOf } from './model/models-of.ts';
export type { NodeDemand, NodeLimits } from './model/nodes.ts';
export { type DeploymentTrait, type Projected, type ProjectionRequest, project } from './model/project.ts';
export { type ScalingPoint, uslCapacity } from './model/usl-fit.ts';
export { publishConnections } from './publisher/publisher.ts';
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
  type RestBeside,
  type RestRun,
  type ScenarioName,
  type Search,
  type ServerUse,
  type SloTree,
  type StopReason,
  scenarioNames,
  type Trial,
  type UslModel,
  type Validity,
  type Verdict,
  type Window,
} from './results/bench-result.ts';
export { benchJsonSchema, readBenchResult } from './results/bench-result-schema.ts';
export type { ClientCounts } from './results/client-counts.ts';
export { openStreams } from './results/open-streams.ts';
export { type BenchOptions, runBench } from './run-bench.ts';
export { type Burst, type BurstRow, burstOf } from './scenarios/burst.ts';
export { type Population, populationNamed, populationOf } from './scenarios/population.ts';
export type { ServerControl } from './scenarios/scenario.ts';
export { type SearchOptions, type SearchOutcome, searchCapacity } from './search/search-capacity.ts';
export type { Purpose, SearchProgress, TrialRequest } from './search/trial-request.ts';
export { type GivenLoad, type Load, type LoadName, type LoadSetting, loadSettings } from './settings.ts';
export { type ClockOffset, type ClockProbe, clockOffset } from './shards/clock-offset.ts';
export { type JoinedRun, type JoinOptions, joinRun, ShardsMissing } from './shards/join-client.ts';
export { type JoinServer, type JoinServerOptions, startJoinServer } from './shards/join-server.ts';
export { type KubernetesOptions, kubernetesYaml } from './shards/kubernetes.ts';
export { markedResult, resultInLog } from './shards/marked-result.ts';
export { mergeShards } from './shards/merge-shards.ts';
export { runScript } from './shards/run-script.ts';
export { coordinateShards, runShard, type ShardRunOptions } from './shards/run-shard.ts';
export type { SecondRecord } from './shards/shard-messages.ts';
export {
  readShardPlan,
  requireShardable,
  type ShardPlan,
  type ShardRange,
  shardIndex,
  shardRanges,
} from './shards/shard-plan.ts';
export type { ShardResult } from './shards/shard-result.ts';
export { evaluateSlo, type SloOutcome, type SloTerm } from './slo/evaluate-slo.ts';
export { type Metric, metrics } from './slo/metrics.ts';
export { comparisons, parseSlo, requireMeasurable } from './slo/parse-slo.ts';
export { publishesNeeded } from './slo/publishes-needed.ts';
export { jainIndex, rankCorrelation } from './statistics/fairness.ts';
export { blockBootstrapInterval, bootstrapInterval, type Interval, tInterval } from './statistics/intervals.ts';
export { kneeOf } from './statistics/knee.ts';
export { type AfterClose, type LeakVerdict, leakVerdict, type SoakSeries } from './statistics/leak.ts';
export { leastSettleMs, type Settling, settlingOf } from './statistics/settle.ts';
export { type Trend, trendOf } from './statistics/trend.ts';
export type { BenchEvent, Tell } from './trial/progress.ts';
export type { RunTrial } from './trials.ts';
