import { type Random, SettingError } from '@ssert/protocol';
import { exponential, gamma, weibull } from '../chance/distributions.ts';
import { layerRandom, uniform } from '../chance/layers.ts';

/** Arrival times in seconds from 0, rising, without end. */
export type Arrivals = Generator<number, void>;

/** Independent arrivals at a rate per second: the yardstick that real traffic fails. */
export function* poissonArrivals(ratePerS: number, seed: number): Arrivals {
  const random = layerRandom(seed, 'arrivals');
  for (let time = exponential(random, 1 / ratePerS); ; time += exponential(random, 1 / ratePerS)) yield time;
}

/** A law of gaps whose renewal process is meant. */
export type GapLaw = { readonly law: 'gamma' | 'weibull'; readonly shape: number; readonly scaleS: number };

/**
 * A renewal process: gaps that know nothing of one another. It begins in equilibrium, for a fresh gap at 0 would be a
 * false burst where many sources start together: a long start is thrown away.
 */
export function* renewalArrivals({ law, shape, scaleS }: GapLaw, seed: number): Arrivals {
  const random = layerRandom(seed, 'arrivals');
  const draw = law === 'gamma' ? gamma : weibull;
  // The mean of either law stays below this for shapes from 0.2 up; a thousand of them forget the start.
  let time = -1000 * scaleS * Math.max(1, 1 / shape);
  for (;;) {
    time += draw(random, shape, scaleS);
    if (time >= 0) yield time;
  }
}

/** A Markov-modulated Poisson process: a rate per state, and the rates at which it moves from state to state. */
export interface Mmpp {
  /** Arrivals per second, by state. */
  readonly ratesPerS: readonly number[];
  /** `moves[i][j]`: moves per second from state i to j; the diagonal is not read. */
  readonly moves: readonly (readonly number[])[];
}

/** By competing exponentials, begun in a state that a long walk has reached. @throws SettingError for a shape that does not fit */
export function* mmppArrivals({ ratesPerS, moves }: Mmpp, seed: number): Arrivals {
  const random = layerRandom(seed, 'arrivals');
  if (moves.length !== ratesPerS.length || moves.some((row) => row.length !== ratesPerS.length)) {
    throw new SettingError('moves', JSON.stringify(moves), `a row and a column for each of ${ratesPerS.length} states`);
  }
  const leaving = moves.map((row, from) => row.reduce((sum, rate, to) => (to === from ? sum : sum + rate), 0));
  let state = 0;
  for (let walked = 0; walked < 1000; walked += 1) state = nextState(random, moves, leaving, state);
  for (let time = 0; ; ) {
    const rate = ratesPerS[state] as number;
    const all = rate + (leaving[state] as number);
    if (all === 0) return;
    time += exponential(random, 1 / all);
    if (uniform(random) < rate / all) yield time;
    else state = nextState(random, moves, leaving, state);
  }
}

function nextState(
  random: Random,
  moves: readonly (readonly number[])[],
  leaving: readonly number[],
  from: number,
): number {
  let left = uniform(random) * (leaving[from] as number);
  const row = moves[from] as readonly number[];
  for (let to = 0; to < row.length; to += 1) {
    if (to === from) continue;
    left -= row[to] as number;
    if (left <= 0) return to;
  }
  return from;
}

/** Arrivals that bring arrivals: each adds `branching` further ones on average, over a time of 1/decay. */
export interface Hawkes {
  /** Arrivals per second that nothing has brought about. */
  readonly basePerS: number;
  /** From 0 up to, not including, 1. */
  readonly branching: number;
  readonly decayPerS: number;
}

/** By Ogata's thinning; a start that forgets the empty past is thrown away. @throws SettingError where it would explode */
export function* hawkesArrivals({ basePerS, branching, decayPerS }: Hawkes, seed: number): Arrivals {
  if (!(branching >= 0 && branching < 1)) {
    throw new SettingError('branching', branching, 'a number from 0 up to, not including, 1');
  }
  const random = layerRandom(seed, 'arrivals');
  let excitation = 0;
  for (let time = -20 / (decayPerS * (1 - branching)); ; ) {
    const bound = basePerS + excitation;
    const wait = exponential(random, 1 / bound);
    time += wait;
    excitation *= Math.exp(-decayPerS * wait);
    if (uniform(random) * bound > basePerS + excitation) continue;
    excitation += branching * decayPerS;
    if (time >= 0) yield time;
  }
}
