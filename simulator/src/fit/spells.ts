/** A spell of traffic: the times of its records, never empty. */
export type Spell = readonly number[];

/** Spells of traffic and the silences between them, in order. */
export interface Spells {
  /** The shortest silence. */
  readonly leastOffS: number;
  readonly on: readonly Spell[];
  /** Lengths in seconds. */
  readonly off: readonly number[];
}

/**
 * Splits a trace where a gap is longer than 2 s and than eight mean gaps.
 * @returns undefined where there are fewer than 20 such gaps, or they hold less than a tenth of the time: no gate
 */
export function spellsOf(times: readonly number[]): Spells | undefined {
  const spanS = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const leastOffS = Math.max(2, (8 * spanS) / (times.length - 1));
  const on: number[][] = [];
  const off: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    if (time - last > leastOffS) {
      if (on.length > 0) off.push(time - last);
      on.push([]);
    }
    on.at(-1)?.push(time);
    last = time;
  }
  const silent = off.reduce((sum, one) => sum + one, 0);
  return off.length >= 20 && silent >= 0.1 * spanS ? { leastOffS, on, off } : undefined;
}
