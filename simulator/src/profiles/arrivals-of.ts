import { SettingError } from '@ssert/protocol';
import { gatedArrivals, silencesThatFollow } from '../arrivals/gated.ts';
import { flashCrowd, withOutage } from '../arrivals/incidents.ts';
import {
  type Arrivals,
  hawkesArrivals,
  mmppArrivals,
  poissonArrivals,
  renewalArrivals,
} from '../arrivals/processes.ts';
import {
  type Course,
  compressed,
  type Day,
  overDay,
  rateOfDay,
  superposed,
  surge,
  thinned,
  warped,
} from '../arrivals/shaping.ts';
import { layerRandom } from '../chance/layers.ts';
import type { ArrivalModel, Incident, Profile } from './profile.ts';

const hourMs = 3_600_000;
/** 1970 began on a Thursday. */
const mondayMs = 4 * 24 * hourMs;

/**
 * The arrival times of a profile, in seconds from `startMs`, rising, without end; the same for the same seed.
 * @param startMs ms since 1970: where in its day and week the profile begins
 * @throws SettingError for a way of scaling that the process does not know
 */
export function arrivalsOf(profile: Profile, seed: number, startMs: number): Arrivals {
  const startHour = (startMs - mondayMs) / hourMs;
  const scale = profile.scale ?? [];
  const intensity = scale.reduce((all, { by, factor }) => (by === 'intensity' ? all * factor : all), 1);
  const model = withIntensity(profile.arrivals, intensity);
  let build = (one: number): Arrivals => alongCourse(processOf(model, one, profile.day, startHour), profile.course);
  for (const incident of profile.incidents ?? []) build = withIncident(build, incident);
  for (const { by, factor } of scale) {
    const inner = build;
    if (by === 'copies') build = (one) => superposed(seedsFor(one, factor).map(inner));
    if (by === 'speed') build = (one) => compressed(inner(one), factor);
    if (by === 'share') build = (one) => thinned(inner(one), factor, one);
  }
  return build(seed);
}

function alongCourse(source: Arrivals, course: Course | undefined): Arrivals {
  if (!course) return source;
  const { stepS, rates } = course;
  return warped(source, (timeS) => rates[Math.floor(timeS / stepS) % rates.length] as number, stepS);
}

function processOf(model: ArrivalModel, seed: number, day: Day | undefined, startHour: number): Arrivals {
  if (!day) return steady(model, seed);
  const rateAt = (timeS: number): number => rateOfDay(day, startHour + timeS / 3600);
  if (model.process === 'gated' && model.gate) {
    return gatedArrivals(model, seed, silencesThatFollow(model.gate, rateAt));
  }
  if (model.process === 'renewal' || model.process === 'hawkes') return warped(steady(model, seed), rateAt, 60);
  // What thinning takes away on average is put on before: exact for a process with a rate of its own.
  const most = 1 + day.whole.share + day.half.share;
  return overDay(steady(withIntensity(model, most), seed), day, startHour, seed);
}

function steady(model: ArrivalModel, seed: number): Arrivals {
  switch (model.process) {
    case 'poisson':
      return poissonArrivals(model.ratePerS, seed);
    case 'renewal':
      return renewalArrivals(model, seed);
    case 'mmpp':
      return mmppArrivals(model, seed);
    case 'hawkes':
      return hawkesArrivals(model, seed);
    case 'gated':
      return gatedArrivals(model, seed);
  }
}

function withIntensity(model: ArrivalModel, factor: number): ArrivalModel {
  if (factor === 1) return model;
  switch (model.process) {
    case 'poisson':
      return { ...model, ratePerS: model.ratePerS * factor };
    case 'mmpp':
      return { ...model, ratesPerS: model.ratesPerS.map((rate) => rate * factor) };
    case 'gated':
      return { ...model, count: { ...model.count, mean: model.count.mean * factor } };
    case 'renewal':
    case 'hawkes':
      throw new SettingError('scale by', 'intensity', `copies, speed or share: a ${model.process} process has no rate`);
  }
}

function withIncident(build: (seed: number) => Arrivals, incident: Incident): (seed: number) => Arrivals {
  switch (incident.kind) {
    case 'surge':
      return (seed) => superposed([build(seed), surge(incident.atS, incident.perSecond, seed)]);
    case 'flash-crowd':
      return (seed) => superposed([build(seed), flashCrowd(incident, seed)]);
    case 'outage':
      return (seed) => withOutage(build(seed), incident, seed);
  }
}

function seedsFor(seed: number, count: number): number[] {
  const random = layerRandom(seed, 'copies');
  return Array.from({ length: count }, () => Math.floor(random.next() * 2 ** 32));
}
