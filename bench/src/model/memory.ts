import type { Models, Trial } from '../results/bench-result.ts';
import { openStreams } from '../results/open-streams.ts';
import { leastSquares } from './least-squares.ts';

type MemoryModel = NonNullable<Models['memory']>;

/** What the server held at one load. */
export interface MemoryPoint {
  readonly streams: number;
  readonly rssBytes: number;
  readonly kernelBytesPerStream: number;
  /** Written by the server and not yet read by its clients, as in `slow`. */
  readonly backlogBytes?: number;
}

const leastLevels = 5;

/**
 * Memory as a base, a share for each stream and one for each byte of backlog. The kernel's part stands apart: containers
 * are limited by the sum.
 * @returns the model, or why there is none
 */
export function memoryModel(points: readonly MemoryPoint[]): MemoryModel | { readonly refusal: string } {
  const levels = new Set(points.map(({ streams }) => streams)).size;
  if (levels < leastLevels) {
    return {
      refusal: `memory per stream is not known: it was measured at ${levels} of at least ${leastLevels} numbers of streams`,
    };
  }
  const backlogged = new Set(points.map(({ backlogBytes = 0 }) => backlogBytes)).size > 1;
  const rows = points.map(({ streams, backlogBytes = 0 }) => [1, streams, ...(backlogged ? [backlogBytes] : [])]);
  try {
    const { coefficients, ci95 } = leastSquares(
      rows,
      points.map(({ rssBytes }) => rssBytes),
    );
    const [base, perStream, perBacklogByte] = coefficients as [number, number, number?];
    return {
      base,
      perStream,
      perStreamCi95: ci95[1] as readonly [number, number],
      ...(perBacklogByte === undefined ? {} : { perBacklogByte }),
      kernelPerStream: points.reduce((sum, { kernelBytesPerStream }) => sum + kernelBytesPerStream, 0) / points.length,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { refusal: 'memory per stream and per byte of backlog rose together: vary one of them alone' };
  }
}

/** The points that a run's trials give; what a process kept of more streams is no trial's own. */
export function memoryPoints(trials: readonly Trial[]): MemoryPoint[] {
  return trials.flatMap((trial) => {
    const { validity, server, scenario } = trial;
    if (validity === 'invalid' || server === undefined || server.heldMore) return [];
    const backlogBytes = scenario?.backlogBytes;
    return {
      streams: openStreams(trial),
      rssBytes: server.rssBytes,
      kernelBytesPerStream: server.kernelBytesPerStream,
      ...(typeof backlogBytes === 'number' ? { backlogBytes } : {}),
    };
  });
}
