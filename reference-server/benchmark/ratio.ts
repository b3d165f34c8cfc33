/** The middle value; the mean of the two middle ones where their count is even. `undefined` where there is none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

/** What was measured, by round; a hole where that round has no value. */
export type ByRound = readonly (number | undefined)[];

/**
 * The median of the ratios of each round: whatever slowed the machine during a round slowed both. Rounds where one of
 * the two has no value do not count.
 */
export function medianRatio(values: ByRound, bases: ByRound): number | undefined {
  const ratios: number[] = [];
  for (const [round, value] of values.entries()) {
    const base = bases[round];
    if (value !== undefined && base !== undefined && base > 0) ratios.push(value / base);
  }
  return median(ratios);
}

export function medianOf(values: ByRound): number | undefined {
  return median(values.filter((value) => value !== undefined));
}
