import { SettingError } from '@ssert/protocol';
import { layerRandom, uniform } from '../chance/layers.ts';
import type { Arrivals } from './processes.ts';

/*
 * The four ways to make more or less traffic of a process. They are different worlds: IDC(w) is the index of dispersion
 * for windows of w seconds.
 */

/** Several processes at once, as more services of the same kind: IDC(w) stays, the counts grow relatively smoother. */
export function* superposed(sources: readonly Arrivals[]): Arrivals {
  const next = sources.map((source) => source.next());
  try {
    for (;;) {
      let first = -1;
      let soonest = Number.POSITIVE_INFINITY;
      for (const [at, one] of next.entries()) {
        if (!one.done && one.value < soonest) [first, soonest] = [at, one.value];
      }
      if (first < 0) return;
      yield soonest;
      next[first] = (sources[first] as Arrivals).next();
    }
  } finally {
    for (const source of sources) source.return();
  }
}

/** The same played `factor` times as fast: IDC'(w) = IDC(factor · w), and a clock of 100 ms becomes one of 100/factor. */
export function* compressed(source: Arrivals, factor: number): Arrivals {
  requireFactor('factor', factor);
  for (const time of source) yield time / factor;
}

/** A share of them, drawn one by one: IDC'(w) - 1 = share · (IDC(w) - 1). */
export function* thinned(source: Arrivals, share: number, seed: number): Arrivals {
  if (!(share > 0 && share <= 1)) throw new SettingError('share', share, 'a number above 0 and up to 1');
  const random = layerRandom(seed, 'thinning');
  for (const time of source) if (uniform(random) < share) yield time;
}

/** How the rate of a day goes, around 1. */
export interface Day {
  /** Share and hour of the peak, of the whole day's wave and of the half day's. */
  readonly whole: { readonly share: number; readonly peakHour: number };
  readonly half: { readonly share: number; readonly peakHour: number };
  /** What the rate of a Saturday or Sunday is multiplied by. */
  readonly weekend: number;
}

/** As ServeGen's tables have it for a middle-sized service. */
export const serviceDay: Day = {
  whole: { share: 0.23, peakHour: 17.4 },
  half: { share: 0.18, peakHour: 9.7 },
  weekend: 1,
};

/** The rate at a time, over the day's mean. @param hour hours since a Monday's midnight */
export function rateOfDay({ whole, half, weekend }: Day, hour: number): number {
  const turn = (share: number, peakHour: number, hours: number): number =>
    share * Math.cos((2 * Math.PI * (hour - peakHour)) / hours);
  const day = 1 + turn(whole.share, whole.peakHour, 24) + turn(half.share, half.peakHour, 12);
  return day * (Math.floor(hour / 24) % 7 >= 5 ? weekend : 1);
}

/** Thins a process to the course of a day: what has no gate to stretch. */
export function* overDay(source: Arrivals, day: Day, startHour: number, seed: number): Arrivals {
  const most = 1 + day.whole.share + day.half.share;
  const random = layerRandom(seed, 'day');
  for (const time of source) {
    if (uniform(random) * most < rateOfDay(day, startHour + time / 3600)) yield time;
  }
}

/**
 * Stretches the time of a process so that its rate follows a course, for one that may not be thinned: its gaps stay what
 * they are but for a factor that changes slowly.
 * @param rateAt the rate at a time in seconds, around 1; taken as steady over each `stepS`, and above 0
 */
export function* warped(source: Arrivals, rateAt: (timeS: number) => number, stepS: number): Arrivals {
  let passed = 0;
  let step = 0;
  let rate = rateAt(stepS / 2);
  for (const time of source) {
    while (passed + rate * stepS <= time) {
      passed += rate * stepS;
      step += 1;
      rate = rateAt((step + 0.5) * stepS);
    }
    yield step * stepS + (time - passed) / rate;
  }
}

/** A rate that was recorded: around 1, for one part of `stepS` seconds after another; it begins again at its end. */
export interface Course {
  readonly stepS: number;
  readonly rates: readonly number[];
}

/** A surge on top: records per second, second by second, spread evenly in each. */
export function* surge(startS: number, perSecond: readonly number[], seed: number): Arrivals {
  const random = layerRandom(seed, 'surge');
  for (const [second, count] of perSecond.entries()) {
    const times = Array.from({ length: count }, () => startS + second + uniform(random)).sort((a, b) => a - b);
    yield* times;
  }
}

/** The worst ten seconds of the code-completion trace, 26 times its mean at the peak. */
export const recordedSurge: readonly number[] = [43, 29, 20, 51, 58, 67, 60, 32, 30, 8];

/** What comes before a time, in seconds. */
export function* until(source: Arrivals, endS: number): Arrivals {
  for (const time of source) {
    if (time >= endS) return;
    yield time;
  }
}

function requireFactor(setting: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw new SettingError(setting, value, 'a number above 0');
}
