import type { Invariant } from '../history.ts';

/** When all is quiet the server counts as many streams as are open. */
export const countExact: Invariant = ({ counts }) => {
  const wrong = counts.find(({ above, open }) => above !== open);
  if (!wrong) return undefined;
  const { above, open, when, afterMs } = wrong;
  const by = `${Math.abs(above - open)} too ${above > open ? 'high' : 'low'}`;
  const where = when === 'with streams open' ? `with ${open} open` : 'after all clients had left';
  const message = `the count of open streams is ${by} ${where}, still after ${Math.round(afterMs)} ms`;
  return { invariant: above > open ? 'count-too-high' : 'count-too-low', message };
};
