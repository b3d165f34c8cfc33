import type { GatedModel } from '../arrivals/gated.ts';
import type { Course } from '../arrivals/shaping.ts';
import { until } from '../arrivals/shaping.ts';
import { arrivalsOf } from '../profiles/arrivals-of.ts';
import type { ArrivalModel, Profile } from '../profiles/profile.ts';
import { isMissed, type Measured, measure, type Reached, reachedBy } from '../statistics/goals.ts';
import { clockPeriodOf, clocksFor } from './clock.ts';
import { courseOf, straightened } from './course.ts';
import { gatedModelOf, isLasting, lasting } from './gated-fit.ts';
import { resolutionOf, roundedDown, spread } from './resolution.ts';
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
  readonly spanS: number;
  readonly resolutionS: number;
  readonly #clockPeriodS: number;

  /** @param times in seconds, rising */
  constructor(times: readonly number[]) {
    this.spanS = (times.at(-1) ?? 0) - (times[0] ?? 0);
    this.resolutionS = resolutionOf(times);
    this.#clockPeriodS = clockPeriodOf(times, this.resolutionS) ?? (this.resolutionS < 0.1 ? 0.1 : Number.NaN);
    this.real = measure(times, this.#clockPeriodS);
  }

  /** Plays a model once for each seed, as long as the trace and as exactly recorded, and compares. */
  judge(model: FittedModel, seeds: readonly number[]): Reached[] {
    const runs = seeds.map((seed) => [...until(arrivalsOf(model as Profile, seed, 0), this.spanS)]);
    return reachedBy(
      this.real,
      runs.map((times) => measure(roundedDown(times, this.resolutionS), this.#clockPeriodS)),
    );
  }
}

/** Those that are tried with more seeds in the end. */
const finalists = 4;

/** Seeds that nobody gives by hand, so that a judge's runs are not the ones that the choice was made by. */
const seedsOf = (count: number): number[] => Array.from({ length: count }, (_, at) => 900_001 + at);

/**
 * Fits every model to a trace, plays each ten times and the best of them forty times (a long trace, of many records or
 * many hours, tells more, and is played less often), and orders them by what they reach.
 * @param times in seconds, rising
 */
export function fit(times: readonly number[]): Fit {
  const yardstick = new Yardstick(times);
  const { spanS, resolutionS } = yardstick;
  const runs = Math.round(Math.min(10, Math.max(3, Math.min(200_000 / times.length, 72_000 / spanS))));
  const judged = ([name, model]: Named): Candidate => ({ name, model, reached: yardstick.judge(model, seedsOf(runs)) });
  const exact = spread(times, resolutionS);
  const tried = [...namedModels(textbookModels(exact)), ...wanderingModels(exact, resolutionS, judged)].map(judged);
  tried.sort(byReach);
  const known = new Set<Candidate>(tried.slice(0, finalists));
  const last = [...known]
    .map((one) => ({ ...one, reached: yardstick.judge(one.model, seedsOf(4 * runs)) }))
    .sort(byReach);
  const candidates = [...last, ...tried.filter((one) => !known.has(one))];
  return { best: candidates[0] as Candidate, candidates };
}

type Named = readonly [name: string, model: FittedModel];

function namedModels(models: Readonly<Record<string, ArrivalModel>>): Named[] {
  return Object.entries(models).map(([name, arrivals]) => [name, { arrivals }]);
}

/** Steps in which records are counted, in seconds: within one that was not recorded there is nothing to fit. */
function stepsFor(resolutionS: number): number[] {
  return resolutionS < 0.5 ? [0.1, 0.02, 0.5] : [resolutionS, 5 * resolutionS];
}

/** Models with a rate that wanders. The clock, where there is one, is the one that does best with the first of them. */
function wanderingModels(times: readonly number[], resolutionS: number, judged: (one: Named) => Candidate): Named[] {
  const periodS = clockPeriodOf(times, resolutionS);
  const steps = stepsFor(resolutionS);
  const models: Named[] = [];
  for (const stepS of periodS === undefined ? steps : [periodS]) {
    const unit = `rate per ${stepS * 1000} ms`;
    const gated = gatedModelOf(times, stepS, true);
    if (gated) {
      models.push([`gate, ${unit}`, { arrivals: { process: 'gated', ...gated } }]);
      for (const share of [0.05, 0.1]) {
        const name = `gate, ${unit}, ${share * 100} % lasting`;
        models.push([name, { arrivals: { process: 'gated', ...lasting(gated, share) } }]);
      }
    }
    const open = gatedModelOf(times, stepS, false);
    if (open) models.push([unit, { arrivals: { process: 'gated', ...open } }]);
  }
  // A clock does not survive that time is stretched.
  if (periodS === undefined) return [...models, ...modelsAlongCourse(times, steps)];
  const clocks = clocksFor(times, periodS).map((clock) => withClock(models[0] as Named, clock));
  const [best] = clocks.map((one) => judged(one)).sort(byReach);
  const arrivals = best?.model.arrivals;
  const clock = arrivals?.process === 'gated' ? arrivals.clock : undefined;
  return clock ? [...models, ...models.map((one) => withClock(one, clock))] : models;
}

function withClock([name, { arrivals }]: Named, clock: NonNullable<GatedModel['clock']>): Named {
  return [`${name}, clock`, { arrivals: { ...(arrivals as GatedModel & { process: 'gated' }), clock } }];
}

function modelsAlongCourse(times: readonly number[], steps: readonly number[]): Named[] {
  const course = courseOf(times);
  if (!course) return [];
  const straight = straightened(times, course);
  return steps.flatMap((stepS): Named[] => {
    const model = gatedModelOf(straight, stepS, false);
    return model
      ? [[`rate per ${stepS * 1000} ms, course as recorded`, { arrivals: { process: 'gated', ...model }, course }]]
      : [];
  });
}

/** Fewer goals missed come first, then a model without what was added to the recipe, then the closer one. */
function byReach(a: Candidate, b: Candidate): number {
  return missesOf(a) - missesOf(b) || additionsOf(a) - additionsOf(b) || distanceOf(a) - distanceOf(b);
}

/** A recorded course, and wandering that lasts. */
function additionsOf({ model: { arrivals, course } }: Candidate): number {
  return (course ? 1 : 0) + (arrivals.process === 'gated' && isLasting(arrivals) ? 1 : 0);
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
