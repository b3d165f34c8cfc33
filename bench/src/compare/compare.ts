import type { Random } from '@ssert/protocol';
import jstat from 'jstat';
import { largestUs } from '../histogram/histogram.ts';
import type { BenchResult, Capacity, Trial } from '../results/bench-result.ts';
import { metricNamed } from '../slo/metrics.ts';
import type { Interval } from '../statistics/intervals.ts';
import { holm, mannWhitney, ratioInterval, ratioOf } from '../statistics/two-samples.ts';
import { comparisonRefusals, wereInTurns } from './comparable.ts';
import { comparedTrials, measuredFirst } from './compared-trials.ts';

/**
 * What is compared; of all of these less is better. Not more of them: corrected for so many, five trials on either side
 * can still show a difference (6 * 2/252 < 0.05).
 */
const metricNames = [
  'p50(delivery)',
  'p99(delivery)',
  'p99(ttfh)',
  'loss',
  'server.cpuPerDelivery',
  'server.rssPerStream',
] as const;

/** A difference within this share is none that matters. */
const tolerated = 0.05;

/** Trials on either side without which nothing is the same: of fewer even chance would make little difference. */
const enoughTrials = 5;

export interface ComparedMetric {
  readonly name: string;
  /** Medians over the trials; Infinity where most events of that rank never came. */
  readonly a: number;
  readonly b: number;
  /** How many times as large b is; absent of shares that may be 0. */
  readonly ratio?: number;
  /** Absent below five trials on either side: drawn from so few, it would be narrower than it says. */
  readonly ci95?: Interval;
  /** Of the Mann-Whitney test over trials, corrected for the number of metrics. */
  readonly p: number;
  readonly verdict: 'better' | 'worse' | 'same' | 'cannot-conclude';
}

/** Capacities of two runs, each with its interval over trials; of these more is better. */
export interface ComparedCapacity {
  readonly a: number;
  readonly b: number;
  readonly ci95: readonly [a: Interval, b: Interval];
  readonly verdict: ComparedMetric['verdict'];
}

export interface Comparison {
  /** Why there is no comparison; then nothing else is in it. */
  readonly refusals: readonly string[];
  /** Of one run against one, where both have found a capacity. */
  readonly capacity?: ComparedCapacity;
  readonly x?: number;
  /** Trials on either side. */
  readonly trials?: readonly [a: number, b: number];
  readonly metrics: readonly ComparedMetric[];
  /** What a reader must know to believe it. */
  readonly notes: readonly string[];
}

/**
 * Compares runs of one plan, before and after a change. The unit is the trial: the events of one trial are as alike as
 * beads on a string, and a million of them would make any difference look significant.
 * @param a one result, or several that ran in turns with those of b
 */
export function compareResults(a: readonly BenchResult[], b: readonly BenchResult[], random: Random): Comparison {
  const refusals = comparisonRefusals([...a, ...b]);
  const x = commonLoad(a, b);
  const capacity = comparedCapacity(a, b);
  if (x === undefined && capacity === undefined) {
    refusals.push('no load has valid trials on both sides: run both with the same --streams');
  }
  if (refusals.length > 0) return { refusals, metrics: [], notes: [] };
  const ofCapacity = capacity === undefined ? {} : { capacity };
  if (x === undefined) return { refusals, ...ofCapacity, metrics: [], notes: notesOn(a, b, [], []) };
  const [before, after] = [trialsAt(a, x), trialsAt(b, x)];
  const samples = metricNames
    .map((name) => ({ name, a: valuesOf(before, name), b: valuesOf(after, name) }))
    .filter((sample) => sample.a.length === before.length && sample.b.length === after.length);
  const ps = holm(samples.map((sample) => mannWhitney(sample.a, sample.b)));
  const metrics = samples.map((sample, at) => compared(sample, ps[at] as number, random));
  return {
    refusals,
    ...ofCapacity,
    x,
    trials: [before.length, after.length],
    metrics,
    notes: notesOn(a, b, before, after),
  };
}

/**
 * Apart are capacities whose intervals do not meet, which is stricter than a test of 5 %; the same are those whose intervals
 * lie within 5 % together.
 */
function comparedCapacity(a: readonly BenchResult[], b: readonly BenchResult[]): ComparedCapacity | undefined {
  const [one, other] = [a[0]?.capacity, b[0]?.capacity];
  if (!one || !other || a.length > 1 || b.length > 1 || one.axis !== other.axis) return undefined;
  return { a: one.lo, b: other.lo, ci95: [one.ci95, other.ci95], verdict: verdictOfCapacity(one, other) };
}

function verdictOfCapacity(one: Capacity, other: Capacity): ComparedCapacity['verdict'] {
  if (!one.confirmed || !other.confirmed) return 'cannot-conclude';
  const [low, high] = [Math.min(one.ci95[0], other.ci95[0]), Math.max(one.ci95[1], other.ci95[1])];
  if (high / low < 1 + tolerated) return 'same';
  if (Math.abs(other.lo / one.lo - 1) <= tolerated) return 'cannot-conclude';
  if (one.ci95[1] < other.ci95[0]) return 'better';
  return other.ci95[1] < one.ci95[0] ? 'worse' : 'cannot-conclude';
}

interface Sample {
  readonly name: string;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

function compared({ name, a, b }: Sample, p: number, random: Random): ComparedMetric {
  const [middleA, middleB] = [jstat.median(a), jstat.median(b)];
  const medians = { name, a: middleA, b: middleB, p };
  if (name === 'loss') {
    // Counted, not estimated: what is equal in each trial, mostly 0, is the same in however few.
    if (a.concat(b).every((value) => value === a[0])) return { ...medians, verdict: 'same' };
    return { ...medians, verdict: p >= 0.05 ? 'cannot-conclude' : middleB > middleA ? 'worse' : 'better' };
  }
  const [finiteA, finiteB] = [a.map(finite), b.map(finite)];
  const ratio = ratioOf(finiteA, finiteB);
  const ci95 = ratioInterval(finiteA, finiteB, random);
  const enough = Math.min(a.length, b.length) >= enoughTrials;
  return { ...medians, ratio, ...(enough ? { ci95 } : {}), verdict: verdictOf(ci95, p, enough) };
}

function verdictOf([low, high]: Interval, p: number, enough: boolean): ComparedMetric['verdict'] {
  if (enough && low > 1 - tolerated && high < 1 + tolerated) return 'same';
  if (p >= 0.05) return 'cannot-conclude';
  if (low > 1 + tolerated) return 'worse';
  return high < 1 - tolerated ? 'better' : 'cannot-conclude';
}

/** What never came is at least as late as the largest value that a histogram holds. */
function finite(value: number): number {
  return Math.min(Math.max(value, 1e-9), largestUs);
}

/** The load with most trials on the side that has fewer; of several the highest. */
function commonLoad(a: readonly BenchResult[], b: readonly BenchResult[]): number | undefined {
  const loads = new Set(a.flatMap((result) => comparedTrials(result).map(({ x }) => x)));
  const both = [...loads]
    .map((x) => ({ x, trials: Math.min(trialsAt(a, x).length, trialsAt(b, x).length) }))
    .filter(({ trials }) => trials > 0);
  return both.sort((one, other) => other.trials - one.trials || other.x - one.x)[0]?.x;
}

function trialsAt(results: readonly BenchResult[], x: number): Trial[] {
  return results.flatMap((result) =>
    comparedTrials(result).filter((trial) => trial.x === x && trial.validity !== 'invalid'),
  );
}

function valuesOf(trials: readonly Trial[], name: string): number[] {
  return trials.flatMap((trial) => metricNamed(name)?.read(trial) ?? []);
}

function notesOn(
  a: readonly BenchResult[],
  b: readonly BenchResult[],
  before: readonly Trial[],
  after: readonly Trial[],
): string[] {
  const notes: string[] = [];
  const first = [...a, ...b].map(measuredFirst).find((what) => what !== undefined);
  if (first !== undefined) notes.push(`what each run measured first, ${first}, is not compared`);
  if (before.length > 0 && Math.min(before.length, after.length) < enoughTrials) {
    notes.push(
      `${before.length} against ${after.length} trials cannot show a difference over six figures, nor that there is none: run ${enoughTrials} or more of each`,
    );
  }
  if (!wereInTurns(a, b)) {
    notes.push(
      'the runs followed one another, so a drift of the machine is in the difference: take turns, A B A B, and give A1.json,A2.json B1.json,B2.json',
    );
  }
  if ([...before, ...after].some(({ validity }) => validity === 'suspect')) notes.push('some trials are suspect');
  return notes;
}
