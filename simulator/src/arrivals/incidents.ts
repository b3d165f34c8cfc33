import { exponential } from '../chance/distributions.ts';
import { layerRandom, uniform } from '../chance/layers.ts';
import type { Arrivals } from './processes.ts';

/** Many people at once: a launch, a link on a front page. */
export interface FlashCrowd {
  readonly atS: number;
  /** What comes on top at the peak, per second. */
  readonly peakPerS: number;
  /** The time in which the rate rises evenly to its peak, stays there, and falls to a third, in seconds. */
  readonly riseS: number;
  readonly holdS: number;
  readonly fallS: number;
}

/** The crowd's own arrivals, by thinning; ends once the rate is below a thousandth of its peak. */
export function* flashCrowd({ atS, peakPerS, riseS, holdS, fallS }: FlashCrowd, seed: number): Arrivals {
  const random = layerRandom(seed, 'crowd');
  const endS = riseS + holdS + fallS * Math.log(1000);
  const shareAt = (sinceS: number): number => {
    if (sinceS < riseS) return sinceS / riseS;
    return sinceS < riseS + holdS ? 1 : Math.exp(-(sinceS - riseS - holdS) / fallS);
  };
  for (let sinceS = exponential(random, 1 / peakPerS); sinceS < endS; sinceS += exponential(random, 1 / peakPerS)) {
    if (uniform(random) < shareAt(sinceS)) yield atS + sinceS;
  }
}

/** A time in which nothing gets through, and what comes after it. */
export interface Outage {
  readonly atS: number;
  readonly lengthS: number;
  /** How often each record of the outage comes once it is over: 1 for clients that wait, more for those that retry. */
  readonly retries: number;
  /** The mean time after the outage's end at which one of these comes, in seconds. */
  readonly drainS: number;
}

/** Holds back what falls into an outage; it comes in a rush afterwards. Memory: the records that are held. */
export function* withOutage(source: Arrivals, { atS, lengthS, retries, drainS }: Outage, seed: number): Arrivals {
  const random = layerRandom(seed, 'outage');
  const endS = atS + lengthS;
  const held: number[] = [];
  let sorted = false;
  for (const time of source) {
    if (time >= atS && time < endS) {
      for (let copy = 0; copy < retries; copy += 1) held.push(endS + exponential(random, drainS));
      continue;
    }
    if (time >= endS && !sorted) {
      held.sort((a, b) => b - a);
      sorted = true;
    }
    while (sorted && held.length > 0 && (held.at(-1) as number) <= time) yield held.pop() as number;
    yield time;
  }
}
