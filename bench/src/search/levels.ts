import type { Trial } from '../results/bench-result.ts';
import type { SloOutcome } from '../slo/evaluate-slo.ts';
import { upperBoundOfPositive } from '../statistics/intervals.ts';
import type { Bracket } from './bracket.ts';
import type { Purpose } from './trial-request.ts';

/** A valid trial and how it stands to the objective. */
export interface JudgedTrial {
  readonly trial: Trial;
  readonly purpose: Purpose;
  readonly outcome: SloOutcome;
}

/** All valid trials by their load. Those on the way back from an overload tell of recovery only, and are not in it. */
export class Levels {
  readonly #byLoad = new Map<number, JudgedTrial[]>();

  add(judged: JudgedTrial): void {
    const { x } = judged.trial;
    this.#byLoad.set(x, [...this.at(x), judged]);
  }

  at(x: number): readonly JudgedTrial[] {
    return this.#byLoad.get(x) ?? [];
  }

  /** From the lowest load to the highest. */
  all(): { readonly x: number; readonly trials: readonly JudgedTrial[] }[] {
    return [...this.#byLoad].map(([x, trials]) => ({ x, trials })).sort((a, b) => a.x - b.x);
  }

  /** Whether most trials of a load failed. */
  failed(x: number): boolean {
    const trials = this.at(x);
    return 2 * trials.filter(({ outcome }) => !outcome.met).length > trials.length;
  }

  passed(x: number): boolean {
    const trials = this.at(x);
    return 2 * trials.filter(({ outcome }) => outcome.met).length > trials.length;
  }

  /**
   * What is known without an end: the highest load that passed below every one that failed, or that its own confirming
   * trials refute. As those tell more than a short trial right beside them, what passed counts a step below only.
   * @param confirmations that decide
   * @param below the load a step below another
   */
  bracketSoFar(confirmations: number, below: (x: number) => number): Bracket | undefined {
    const refuted = (x: number): boolean =>
      this.hopeless(x) || (this.confirmations(x).length >= confirmations && !this.holds(x));
    const levels = this.all();
    const hi = levels.find(({ x }) => this.failed(x) || refuted(x))?.x;
    const counts = (x: number): boolean => hi === undefined || (refuted(hi) ? x <= below(hi) : x < hi);
    const lo = levels.findLast(({ x }) => counts(x) && this.passed(x))?.x;
    if (lo === undefined) return undefined;
    return hi === undefined ? { lo } : { lo, hi };
  }

  /** The lowest load that failed, at or above a given one. */
  lowestFail(from = 0): number | undefined {
    return this.all().find(({ x }) => x >= from && this.failed(x))?.x;
  }

  /** A load that passed above one that failed, where there is such a pair. */
  inversion(): { readonly failed: number; readonly passed: number } | undefined {
    const failed = this.lowestFail();
    if (failed === undefined) return undefined;
    const passed = this.all().find(({ x }) => x > failed && this.passed(x))?.x;
    return passed === undefined ? undefined : { failed, passed };
  }

  confirmations(x: number): readonly JudgedTrial[] {
    return this.at(x).filter(({ purpose }) => purpose === 'confirm');
  }

  /** The geometric mean over the confirming trials of a load. */
  strain(x: number): number {
    const logs = this.confirmations(x).map(({ outcome }) => Math.log(outcome.strain));
    return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  }

  /**
   * Whether a load holds: no hard violation in its confirming trials, and the upper bound of the strain over them (95 %,
   * one-sided) is within the objective.
   */
  holds(x: number): boolean {
    const trials = this.confirmations(x);
    if (trials.length === 0 || this.hopeless(x)) return false;
    return upperBoundOfPositive(trials.map(({ outcome }) => outcome.strain)) <= 1;
  }

  /**
   * Whether no further trial makes a load hold: a confirming one broke the objective by more than any number, or two of
   * them failed, which as few as five do not make good.
   */
  hopeless(x: number): boolean {
    const failed = this.confirmations(x).filter(({ outcome }) => !outcome.met);
    return failed.length > 1 || failed.some(({ outcome }) => !Number.isFinite(outcome.strain));
  }
}
