import type { ClientArea, ClientRule } from './client/client-rule.ts';
import type { HarnessFigures } from './harness-load.ts';
import type { Recording } from './model/recording.ts';
import { type Area, areaOf, type Level, type Phase, type Rule } from './rule.ts';
import type { Counterexample, Evidence, Verdict } from './verdict.ts';

/** The judgement of one rule, as reports carry it. */
export interface RuleResult {
  readonly id: string;
  readonly area: Area | ClientArea;
  readonly level: Level;
  readonly title: string;
  readonly statement: string;
  /** Where the rule comes from: its first reference. */
  readonly spec: string;
  readonly verdict: Verdict;
  /** One sentence about this server. */
  readonly message?: string;
  /** `access` or `profile` where the rule was skipped. */
  readonly because?: 'access' | 'profile';
  readonly evidence?: Evidence;
  readonly counterexample?: Counterexample;
  readonly seed?: number;
  /** Shell commands that show it again. */
  readonly reproduce?: string;
  readonly durationMs: number;
}

/** What a result tells of its rule and its time, in ms. */
export function aboutRule(
  rule: Rule | ClientRule,
  durationMs: number,
): Pick<RuleResult, 'id' | 'area' | 'level' | 'title' | 'statement' | 'spec' | 'durationMs'> {
  const { id, level, title, statement, spec } = rule;
  return { id, area: areaOf(rule), level, title, statement, spec: spec[0].url, durationMs: Math.round(durationMs) };
}

export type Summary = Readonly<Record<Verdict, number>>;

/** What a run tells while it goes on. */
export type RunEvent =
  | { readonly kind: 'started'; readonly rules: number; readonly seed: number; readonly target: TargetSummary }
  | { readonly kind: 'phase'; readonly phase: Phase; readonly rules: number }
  | { readonly kind: 'rule-started'; readonly id: string }
  | { readonly kind: 'progress'; readonly id: string; readonly message: string }
  /** What a failing history was, just before its result: a replay file. */
  | { readonly kind: 'recording'; readonly recording: Recording }
  | { readonly kind: 'result'; readonly result: RuleResult }
  /** The run ends early; results so far stand. */
  | {
      readonly kind: 'broken-off';
      readonly why: 'target-unreachable' | 'target-lost' | 'timeout' | 'interrupted';
      readonly message: string;
    }
  | {
      readonly kind: 'finished';
      readonly durationMs: number;
      readonly summary: Summary;
      /** How busy the harness itself was over the run. */
      readonly harness: HarnessFigures;
    };

/** The target as reports show it. */
export interface TargetSummary {
  readonly name: string;
  readonly url: string;
  readonly access: readonly string[];
  readonly profiles: readonly string[];
  readonly bounds: Readonly<Record<string, number>>;
  /** What a client declares that it can do; absent for servers. */
  readonly capabilities?: readonly string[];
}

/** Counts results by verdict. */
export function summarise(results: Iterable<RuleResult>): Summary {
  const summary: Record<Verdict, number> = { pass: 0, fail: 0, warn: 0, info: 0, skip: 0, inconclusive: 0, error: 0 };
  for (const { verdict } of results) summary[verdict] += 1;
  return summary;
}
