import type { Invariant } from '../history.ts';

/** There are never fewer than no streams. */
export const countNotNegative: Invariant = ({ counts }) => {
  const below = counts.find(({ lowest, before }) => lowest < Math.min(0, before));
  if (!below) return undefined;
  return { invariant: 'count-not-negative', message: `the count of open streams fell to ${below.lowest}` };
};
