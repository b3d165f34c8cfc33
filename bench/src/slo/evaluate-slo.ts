import type { SloTree, Trial } from '../results/bench-result.ts';
import { metricNamed } from './metrics.ts';

/** What became of one comparison. */
export interface SloTerm {
  readonly text: string;
  /** In the metric's own unit; undefined where the trial has not measured it, which misses the objective. */
  readonly value: number | undefined;
  readonly met: boolean;
  readonly strain: number;
}

export interface SloOutcome {
  readonly met: boolean;
  /** The term that fails first, or would: the most strained. */
  readonly binding: string;
  /**
   * How much of what the objective allows is used up: at most 1 where it is met, Infinity where no load could be said
   * to be near (an `==` that is missed, a value that never came).
   */
  readonly strain: number;
  readonly terms: readonly SloTerm[];
}

/** Holds a trial against an objective. One that was unstable misses it whatever its percentiles are. */
export function evaluateSlo(tree: SloTree, trial: Trial): SloOutcome {
  const { most, terms } = evaluate(tree, trial);
  const measured = most.value === undefined ? `${most.text} was not measured` : most.text;
  const outcome = { met: most.met, binding: measured, strain: most.strain, terms };
  if (!trial.unstable) return outcome;
  const binding = 'unstable: deliveries fell behind what was offered while latency rose';
  return { ...outcome, met: false, binding, strain: Number.POSITIVE_INFINITY };
}

function evaluate(tree: SloTree, trial: Trial): { readonly most: SloTerm; readonly terms: readonly SloTerm[] } {
  if (tree.kind === 'compare') {
    const term = termOf(tree, trial);
    return { most: term, terms: [term] };
  }
  const parts = tree.terms.map((term) => evaluate(term, trial));
  // All must hold: the most strained decides. One is enough: the least strained does.
  const sign = tree.kind === 'and' ? 1 : -1;
  const most = parts.map((part) => part.most).reduce((a, b) => (rank(b) * sign > rank(a) * sign ? b : a));
  return { most, terms: parts.flatMap((part) => part.terms) };
}

/** Missed terms are beyond every met one: at the very limit, `<` and `<=` differ only in this. */
function rank({ met, strain }: SloTerm): number {
  return met ? Math.min(strain, 1) : Math.max(strain, 1) + 1;
}

function termOf({ metric: name, operator, limit, text }: Extract<SloTree, { kind: 'compare' }>, trial: Trial): SloTerm {
  const metric = metricNamed(name);
  const value = metric?.read(trial);
  if (metric === undefined || value === undefined || Number.isNaN(value)) {
    return { text, value: undefined, met: false, strain: Number.POSITIVE_INFINITY };
  }
  const met = holds(value, operator, limit);
  if (operator === '==') return { text, value, met, strain: met ? 0 : Number.POSITIVE_INFINITY };
  if (operator.startsWith('<')) return { text, value, met, strain: ratio(value, limit) };
  // Of "99.9 % at least" 0.1 % may be used up; of other floors there is no such rest.
  return { text, value, met, strain: metric.unit === 'share' ? ratio(1 - value, 1 - limit) : ratio(limit, value) };
}

function holds(value: number, operator: string, limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    default:
      return value === limit;
  }
}

/** 0 of 0 is nothing used, something of 0 is too much. */
function ratio(used: number, allowed: number): number {
  if (used <= 0) return 0;
  return allowed <= 0 ? Number.POSITIVE_INFINITY : used / allowed;
}
