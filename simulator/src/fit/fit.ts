import type { Course } from '../arrivals/shaping.ts';
import { until } from '../arrivals/shaping.ts';
import { arrivalsOf } from '../profiles/arrivals-of.ts';
import type { ArrivalModel, Profile } from '../profiles/profile.ts';
import { isMissed, type Measured, measure, type Reached, reachedBy } from '../statistics/goals.ts';
import { clockPeriodOf, clocksFor } from './clock.ts';
import { courseOf, straightened } from './course.ts';
import { gatedModelOf } from './gated-fit.ts';
import { resolutionOf, roundedDown } from './resolution.ts';
import { textbookModels } from './textbook.ts';

/** What a fit puts into a profile. */
export interface FittedModel {
  readonly arrivals: ArrivalModel;
  readonly course?: Course;
}

/** A model that was tried on a trace, and what it reached. */
export interface Candidate {
  readonly name: string;
  readonly model: FittedModel;
  readonly reached: readonly Reached[];
}

/** Every model that was fitted, the best first. */
export interface Fit {
  readonly best: Candidate;
  readonly candidates: readonly Candidate[];
}

/** What models are held against: a trace, measured once, and how it was recorded. */
export class Yardstick {
  readonly real: Measured;
  readonly #spanS: number;
  readonly #resolutionS: number;
  readonly #clockPeriodS: number;

  /** @param times in seconds, rising */
  constructor(times: readonly number[]) {
    this.#spanS = (times.at(-1) ?? 0) - (times[0] ?? 0);
    this.#resolutionS = resolutionOf(times);
    this.#clockPeriodS = clockPeriodOf(times) ?? 0.1;
    this.real = measure(times, this.#clockPeriodS);
  }

  /** Plays a model once for each seed, as long as the trace and as exactly recorded, and compares. */
  judge(model: FittedModel, seeds: readonly number[]): Reached[] {
    const runs = seeds.map((seed) => [...until(arrivalsOf(model as Profile, seed, 0), this.#spanS)]);
    return reachedBy(
      this.real,
      runs.map((times) => measure(roundedDown(times, this.#resolutionS), this.#clockPeriodS)),
    );
  }
}

/** Those that are tried with more seeds in the end. */
const finalists = 4;

/** Seeds that nobody gives by hand, so that a judge's runs are not the ones that the choice was made by. */
const seedsOf = (count: number): number[] => Array.from({ length: count }, (_, at) => 900_001 + at);

/**
 * Fits every model to a trace, plays each ten times and the best of them forty times, and orders them by what they reach.
 * @param times in seconds, rising
 */
export function fit(times: readonly number[]): Fit {
  const yardstick = new Yardstick(times);
  const tried = [...modelsFor(times)].map(([name, model]) => ({
    name,
    model,
    reached: yardstick.judge(model, seedsOf(10)),
  }));
  tried.sort(byReach);
  const known = new Set<Candidate>(tried.slice(0, finalists));
  const last = [...known].map((one) => ({ ...one, reached: yardstick.judge(one.model, seedsOf(40)) })).sort(byReach);
  const candidates = [...last, ...tried.filter((one) => !known.has(one))];
  return { best: candidates[0] as Candidate, candidates };
}

function* modelsFor(times: readonly number[]): Generator<readonly [name: string, FittedModel]> {
  for (const [name, arrivals] of Object.entries(textbookModels(times))) yield [name, { arrivals }];
  const periodS = clockPeriodOf(times);
  const course = courseOf(times);
  for (const stepS of periodS === undefined ? [0.1, 0.02, 0.5] : [periodS]) {
    const unit = `${stepS * 1000} ms`;
    for (const withGate of [true, false]) {
      const model = gatedModelOf(times, stepS, withGate);
      if (!model) continue;
      const name = withGate ? `gate, rate per ${unit}` : `rate per ${unit}`;
      yield [name, { arrivals: { process: 'gated', ...model } }];
      const clocks = periodS === undefined ? [] : clocksFor(times, periodS);
      for (const clock of clocks) yield [clockName(name, clock), { arrivals: { process: 'gated', ...model, clock } }];
    }
    // A clock does not survive that time is stretched.
    if (!course || periodS !== undefined) continue;
    const steady = gatedModelOf(straightened(times, course), stepS, false);
    if (steady) yield [`rate per ${unit}, course as recorded`, { arrivals: { process: 'gated', ...steady }, course }];
  }
}

function clockName(name: string, { onePhase, twoPhases }: { onePhase: number; twoPhases: number }): string {
  return `${name}, clock ${onePhase}/${twoPhases}`;
}

/** Fewer goals missed come first, then a model that need not know the trace's course, then the closer one. */
function byReach(a: Candidate, b: Candidate): number {
  return (
    missesOf(a) - missesOf(b) || Number(!!a.model.course) - Number(!!b.model.course) || distanceOf(a) - distanceOf(b)
  );
}

/** Twenty runs more may go against a model by a standard error: a goal that is reached by less is none. */
function missesOf({ reached }: Candidate): number {
  return reached.filter((one) => isMissed({ ...one, error: Math.abs(one.error) + one.spread / Math.sqrt(20) })).length;
}

function distanceOf({ reached }: Candidate): number {
  const off = reached.map(({ error, goal }) =>
    Number.isNaN(error) ? 0 : Math.min(Math.abs(error) / goal.tolerance, 30),
  );
  return off.reduce((sum, one) => sum + one * one, 0);
}
