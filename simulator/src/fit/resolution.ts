import { layerRandom, uniform } from '../chance/layers.ts';

/** The coarsest of 1 s, 0.1 s, 10 ms, 1 ms at which all times are whole; 0 where they are finer. */
export function resolutionOf(times: readonly number[]): number {
  const first = times[0] ?? 0;
  return [1, 0.1, 0.01, 0.001].find((unit) => times.every((time) => isWhole((time - first) / unit))) ?? 0;
}

/** The times as a recorder with this resolution writes them down. */
export function roundedDown(times: readonly number[], resolutionS: number): readonly number[] {
  return resolutionS === 0 ? times : times.map((time) => Math.floor(time / resolutionS) * resolutionS);
}

/**
 * The times as they may have been before they were rounded down: spread evenly over their unit, for to a fit ties would be
 * a law of their own.
 */
export function spread(times: readonly number[], resolutionS: number): readonly number[] {
  if (resolutionS === 0) return times;
  const random = layerRandom(0, 'resolution');
  return times.map((time) => time + uniform(random) * resolutionS).sort((a, b) => a - b);
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-5;
}
