export { escapeControls } from './access/marked-bytes.ts';
export { type Bound, type BoundName, type Bounds, boundTable, parseBoundAssignment } from './bounds.ts';
export { shellQuote } from './context.ts';
export { type Effort, efforts } from './effort.ts';
export { type Expectations, failsRun } from './expectations.ts';
export type { HarnessFigures } from './harness-load.ts';
export {
  ConformanceError,
  type ConformanceOptions,
  type ConformanceResult,
  runConformance,
} from './in-tests/run-conformance.ts';
export { firstInvalidUtf8, type Severity, type Violation, WireInspector } from './judge/wire-inspector.ts';
export {
  BaselineError,
  type BaselineOutcome,
  formatBaseline,
  holdAgainst,
  type KnownFailure,
  parseBaseline,
  updatedBaseline,
} from './known-failures.ts';
export { type Command, inWords } from './model/command.ts';
export type { PlannedClient } from './model/population.ts';
export { parseRecording, type Recording, RecordingError, type Replay } from './model/recording.ts';
export { redact, secretsOf } from './redact.ts';
export { type RuleResult, type RunEvent, type Summary, summarise, type TargetSummary } from './result.ts';
export { type Access, type Area, areaOf, areas, type Level, type Rule } from './rule.ts';
export { serverRules } from './rules/index.ts';
export { type NotTested, notTested } from './rules/not-tested.ts';
export { type RunOptions, run } from './run.ts';
export { type RuleSelection, selectRules } from './select-rules.ts';
export {
  defineTarget,
  type Profile,
  profiles,
  resolveTarget,
  type SlowPolicy,
  slowPolicies,
  type TargetDefinition,
} from './target.ts';
export { checkForm } from './target-schema.ts';
export {
  type ConnectionTimeline,
  type Counterexample,
  type Evidence,
  type MarkedBytes,
  type TimelineMark,
  type Verdict,
  verdicts,
} from './verdict.ts';
