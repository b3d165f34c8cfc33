import type { Random } from '@ssert/protocol';
import {
  exponential,
  lognormal,
  negativeBinomialCdf,
  normal,
  normalQuantile,
  poissonCdf,
  weibull,
  weibullMean,
} from '../chance/distributions.ts';
import { layerRandom, uniform } from '../chance/layers.ts';

/** A Weibull law. */
export interface WeibullLaw {
  readonly shape: number;
  readonly scaleS: number;
}

/** A gate, a rate that wanders while it is open, and a clock: what makes real usage bursty, from minutes down to ms. */
export interface GatedModel {
  /** The step in which records are counted, in seconds. */
  readonly stepS: number;
  /** Spells of traffic and of silence; without it traffic never stops. */
  readonly gate?: {
    readonly on: WeibullLaw;
    /** The shortest silence, which is added to the Weibull law's. */
    readonly leastOffS: number;
    readonly off: WeibullLaw;
  };
  /** Records per step while the gate is open: mean, and size of the negative binomial (absent: Poisson). */
  readonly count: { readonly mean: number; readonly size?: number };
  /** How the rate wanders: shares that add up to 1, each with the time over which it forgets itself (0: at once). */
  readonly wander: readonly { readonly share: number; readonly timeS: number }[];
  /** A grid of one step on which records come; without it they are spread over their step. */
  readonly clock?: {
    /** The mean time for which the phases stay, in seconds. */
    readonly regimeS: number;
    /** Chances of one phase and of two; the rest has none. */
    readonly onePhase: number;
    readonly twoPhases: number;
    /** How far the first record of a tick strays, standard deviation in seconds. */
    readonly strayS: number;
    /** Gaps within a tick: two lognormal laws, the chance of the first, and their medians and sigmas. */
    readonly within: { readonly chance: number; readonly short: LognormalLaw; readonly long: LognormalLaw };
  };
}

interface LognormalLaw {
  readonly medianS: number;
  readonly sigma: number;
}

/** As fitted to an hour of a code-completion service (Azure LLM inference trace, 2023). */
export const codeCompletion: GatedModel = {
  stepS: 0.1,
  gate: { on: { shape: 0.95, scaleS: 8.9 }, leastOffS: 2, off: { shape: 0.54, scaleS: 14.5 } },
  count: { mean: 1.016, size: 1.31 },
  wander: [
    { share: 0.51, timeS: 0 },
    { share: 0.19, timeS: 0.2 },
    { share: 0.3, timeS: 5 },
  ],
  clock: {
    regimeS: 4,
    onePhase: 0.5,
    twoPhases: 0.4,
    strayS: 0.004,
    within: {
      chance: 0.33,
      short: { medianS: 0.0001027, sigma: 1.08 },
      long: { medianS: 0.0022, sigma: 0.74 },
    },
  },
};

/** The gate starts at least this long before the first record, so that it is in its steady state. */
const warmUpS = 2000;

/**
 * Arrival times in seconds from 0, rising, without end. Each layer draws from a generator of its own.
 * @param stretchOff what a silence that begins at a time is multiplied by: how a day makes bursts come more often
 */
export function* gatedArrivals(
  model: GatedModel,
  seed: number,
  stretchOff: (timeS: number) => number = () => 1,
): Generator<number, void> {
  const { stepS } = model;
  const counts = new Counts(model, layerRandom(seed, 'counts'));
  const place = new Placing(model, layerRandom(seed, 'clock'));
  // Records of neighbouring steps can cross by some ms, so one step is held back.
  let held: number[] = [];
  let heldStep = Number.NEGATIVE_INFINITY;
  for (const [from, to] of spells(model, layerRandom(seed, 'gate'), stretchOff)) {
    for (let step = Math.round(from / stepS); step < Math.round(to / stepS); step += 1) {
      const count = counts.at(step);
      if (count === 0) continue;
      const times = place.within(step, count);
      if (step > heldStep + 2) {
        for (const time of held) if (time >= 0) yield time;
        held = times.sort((a, b) => a - b);
      } else {
        const all = [...held, ...times].sort((a, b) => a - b);
        const safe = (step - 1) * stepS;
        const ready = all.filter((time) => time < safe);
        for (const time of ready) if (time >= 0) yield time;
        held = all.slice(ready.length);
      }
      heldStep = step;
    }
  }
}

type Gate = NonNullable<GatedModel['gate']>;

function meanSilence({ leastOffS, off }: Gate): number {
  return leastOffS + weibullMean(off.shape, off.scaleS);
}

/**
 * How silences are stretched so that the share of time with traffic follows a course, which stays below 95 %: bursts then
 * come more often, not taller.
 * @param rateAt the rate at a time, over its mean
 */
export function silencesThatFollow(gate: Gate, rateAt: (timeS: number) => number): (timeS: number) => number {
  const onS = weibullMean(gate.on.shape, gate.on.scaleS);
  const offS = meanSilence(gate);
  const open = onS / (onS + offS);
  return (timeS) => (onS / offS) * (1 / Math.min(0.95, open * rateAt(timeS)) - 1);
}

/** Spells in which the gate is open, in seconds, without end; parts of a steady hour each where there is no gate. */
function* spells(
  { gate }: GatedModel,
  random: Random,
  stretchOff: (timeS: number) => number,
): Generator<readonly [from: number, to: number], void> {
  if (!gate) {
    for (let from = -60; ; from += 3600) yield [from, from + 3600];
  }
  const cycleS = weibullMean(gate.on.shape, gate.on.scaleS) + meanSilence(gate);
  for (let from = -Math.max(warmUpS, 50 * cycleS); ; ) {
    const to = from + weibull(random, gate.on.shape, gate.on.scaleS);
    if (to > 0) yield [Math.max(from, -60), to];
    from = to + (gate.leastOffS + weibull(random, gate.off.shape, gate.off.scaleS)) * stretchOff(to);
  }
}

/** Records per step, by way of a latent normal that remembers. */
class Counts {
  readonly #random: Random;
  /** A count of at least j + 1 takes a latent value above the j-th. */
  readonly #thresholds: readonly number[];
  readonly #parts: { readonly weight: number; readonly keep: number; value: number }[];
  #step: number | undefined;

  constructor({ count, wander, stepS }: GatedModel, random: Random) {
    this.#random = random;
    const cdf = count.size === undefined ? poissonCdf(count.mean) : negativeBinomialCdf(count.mean, count.size);
    this.#thresholds = cdf.map(normalQuantile);
    this.#parts = wander.map(({ share, timeS }) => ({
      weight: Math.sqrt(share),
      keep: timeS === 0 ? 0 : Math.exp(-stepS / timeS),
      value: normal(random),
    }));
  }

  at(step: number): number {
    const steps = this.#step === undefined ? 1 : step - this.#step;
    this.#step = step;
    let latent = 0;
    for (const part of this.#parts) {
      // Over a silence it is carried exactly, in one go.
      const keep = steps === 1 ? part.keep : part.keep ** steps;
      part.value = keep * part.value + Math.sqrt(1 - keep * keep) * normal(this.#random);
      latent += part.weight * part.value;
    }
    let count = 0;
    while (count < this.#thresholds.length && (this.#thresholds[count] as number) < latent) count += 1;
    return count;
  }
}

/** Where in its step each record comes. */
class Placing {
  readonly #model: GatedModel;
  readonly #random: Random;
  #phases: readonly number[] = [];
  #regimeEndS = Number.NEGATIVE_INFINITY;

  constructor(model: GatedModel, random: Random) {
    this.#model = model;
    this.#random = random;
  }

  within(step: number, count: number): number[] {
    const { stepS, clock } = this.#model;
    const begin = step * stepS;
    const random = this.#random;
    if (!clock) return Array.from({ length: count }, () => begin + uniform(random) * stepS);
    if (begin >= this.#regimeEndS) this.#nextRegime(begin);
    if (this.#phases.length === 0) return Array.from({ length: count }, () => begin + uniform(random) * stepS);
    const last = new Array<number | undefined>(this.#phases.length).fill(undefined);
    return Array.from({ length: count }, () => {
      const which = this.#phases.length === 2 && uniform(random) < 0.5 ? 1 : 0;
      const before = last[which];
      const { short, long, chance } = clock.within;
      const gap = (): number => {
        const { medianS, sigma } = uniform(random) < chance ? short : long;
        return lognormal(random, Math.log(medianS), sigma);
      };
      const time =
        before === undefined ? begin + (this.#phases[which] as number) + normal(random) * clock.strayS : before + gap();
      last[which] = time;
      return time;
    });
  }

  #nextRegime(nowS: number): void {
    const { clock, stepS } = this.#model;
    if (!clock) return;
    const draw = uniform(this.#random);
    const phases = draw < clock.onePhase ? 1 : draw < clock.onePhase + clock.twoPhases ? 2 : 0;
    this.#phases = Array.from({ length: phases }, () => uniform(this.#random) * stepS);
    this.#regimeEndS = nowS + exponential(this.#random, clock.regimeS);
  }
}
