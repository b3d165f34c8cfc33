import type { Random } from '@ssert/protocol';
import jstat from 'jstat';
import { ends, type Interval, resample } from './intervals.ts';

/** One trial's load and latency. */
export interface LoadPoint {
  readonly x: number;
  readonly latency: number;
}

/** The load from which latency rises steeply, with its bootstrap interval over trials. */
export interface Knee {
  readonly x: number;
  readonly ci95: Interval;
}

/**
 * Where the curve of load and latency lies furthest below its chord, both scaled to 0 to 1 (as Kneedle does).
 * @returns undefined where fewer than 4 loads were tried, or where the curve never bends upward
 */
export function kneeOf(points: readonly LoadPoint[], random: Random): Knee | undefined {
  const x = bend(points);
  if (x === undefined) return undefined;
  const byLoad = Map.groupBy(points, (point) => point.x);
  const drawn = Array.from({ length: 500 }, () => {
    const sample = [...byLoad.values()].flatMap((here) => resample(here, random));
    return bend(sample) ?? Number.NaN;
  });
  // Draws without a bend tell nothing of where it is; without any other, it is somewhere among the loads.
  const [low, high] = drawn.every(Number.isNaN) ? rangeOf(points) : ends(drawn, 0.95);
  return { x, ci95: [Math.min(low, x), Math.max(high, x)] };
}

function rangeOf(points: readonly LoadPoint[]): Interval {
  const loads = points.map(({ x }) => x);
  return [Math.min(...loads), Math.max(...loads)];
}

function bend(points: readonly LoadPoint[]): number | undefined {
  const curve = [...Map.groupBy(points, (point) => point.x)]
    .map(([x, here]) => ({ x, y: jstat.median(here.map(({ latency }) => latency)) }))
    .filter(({ y }) => Number.isFinite(y))
    .sort((a, b) => a.x - b.x);
  const [first, last] = [curve[0], curve.at(-1)];
  if (!first || !last || curve.length < 4 || last.y <= first.y) return undefined;
  const gaps = curve.map(({ x, y }) => ({
    x,
    gap: (x - first.x) / (last.x - first.x) - (y - first.y) / (last.y - first.y),
  }));
  const widest = gaps.reduce((a, b) => (b.gap > a.gap ? b : a));
  // A straight line has no knee, and noise of a few percent around one makes none.
  return widest.gap > 0.1 ? widest.x : undefined;
}
