import type { GatedModel } from '../arrivals/gated.ts';
import { windowCounts } from '../statistics/describe.ts';
import { weibullOf } from './maximum-likelihood.ts';
import { spellsOf } from './spells.ts';
import { countLaw, wanderInSpells, wanderThroughout } from './wander.ts';

/** Fits gate, counts and wandering, each on the time scale that it is about; the clock is tried out by the caller. */
export function gatedModelOf(times: readonly number[], stepS: number, withGate: boolean): GatedModel | undefined {
  if (!withGate) {
    const counts = windowCounts(times, stepS);
    const count = countLaw(counts);
    const wander = count.size === undefined ? [{ share: 1, timeS: 0 }] : wanderThroughout(counts, count, stepS);
    return { stepS, count, wander };
  }
  const spells = spellsOf(times);
  if (!spells) return undefined;
  const { leastOffS, on, off } = spells;
  const counts = on.map((spell) => countsOf(spell, stepS));
  const count = countLaw(counts.flat());
  return {
    stepS,
    gate: {
      on: weibullOf(counts.map((steps) => steps.length * stepS)),
      leastOffS,
      off: weibullOf(off.map((length) => length - leastOffS)),
    },
    count,
    wander: count.size === undefined ? [{ share: 1, timeS: 0 }] : wanderInSpells(counts, count, stepS),
  };
}

/** Counts per step from a spell's first record to its last. */
function countsOf(spell: readonly number[], stepS: number): number[] {
  const first = spell[0] as number;
  const counts = new Array<number>(Math.floor(((spell.at(-1) as number) - first) / stepS) + 1).fill(0);
  for (const time of spell) {
    const at = Math.floor((time - first) / stepS);
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

/** Longer than what is fitted inside spells. */
const lastingS = 60;

/**
 * The model with a part of its wandering that lasts a minute, as where several services share a trace: their silences fall
 * together seldom, and what is inside the spells shows too little of it.
 */
export function lasting(model: GatedModel, share: number): GatedModel {
  const others = model.wander.map((part) => ({ ...part, share: part.share * (1 - share) }));
  return { ...model, wander: [...others, { share, timeS: lastingS }] };
}

/** Whether a gated model has such a part. */
export function isLasting({ gate, wander }: GatedModel): boolean {
  return gate !== undefined && wander.some(({ timeS }) => timeS === lastingS);
}
