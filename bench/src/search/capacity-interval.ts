import jstat from 'jstat';
import type { Interval } from '../statistics/intervals.ts';
import type { Bracket } from './bracket.ts';
import type { Levels } from './levels.ts';

/** How far around the bracket the strain is taken for a straight line in log space. */
const near = 1.5;

/**
 * A 95 % interval of the capacity, over trials. It holds the bracket itself; every load at which trials disagreed; and
 * where the strain is a number, what a straight line through it leaves open.
 */
export function capacityInterval(levels: Levels, { lo, hi = lo }: Bracket): Interval {
  const all = levels.all();
  const failedAt = all.filter(({ trials }) => trials.some(({ outcome }) => !outcome.met)).map(({ x }) => x);
  const passedAt = all.filter(({ trials }) => trials.some(({ outcome }) => outcome.met)).map(({ x }) => x);
  const [low, high] = crossing(levels, Math.sqrt(lo * hi)) ?? [lo, hi];
  // A line that hardly rises reaches its limit anywhere: what was never tried is not in the interval.
  const [least, most] = [all[0]?.x ?? lo, all.at(-1)?.x ?? hi];
  return [Math.min(lo, Math.max(low, least), ...failedAt), Math.max(hi, Math.min(high, most), ...passedAt)];
}

/**
 * Where a line through log load and log strain reaches a strain of 1, as an interval: inverse prediction of the
 * regression, by the delta method with Student's t.
 */
function crossing(levels: Levels, middle: number): Interval | undefined {
  const around = levels.all().filter(({ x }) => x > middle / near && x < middle * near);
  const points = around.flatMap(({ x, trials }) =>
    trials
      .map(({ outcome }) => outcome.strain)
      .filter((strain) => strain > 0 && Number.isFinite(strain))
      .map((strain) => ({ x: Math.log(x), y: Math.log(strain) })),
  );
  const n = points.length;
  const [meanX, meanY] = [jstat.mean(points.map(({ x }) => x)), jstat.mean(points.map(({ y }) => y))];
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  // Too few points, one load only, or a strain that does not rise with the load.
  if (n < 4 || !(slope > 0)) return undefined;
  const at = meanX - meanY / slope;
  const rest = points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const error = (Math.sqrt(rest / (n - 2)) / slope) * Math.sqrt(1 / n + (at - meanX) ** 2 / spread);
  const margin = jstat.studentt.inv(0.975, n - 2) * error;
  return [Math.exp(at - margin), Math.exp(at + margin)];
}
