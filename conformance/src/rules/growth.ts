import { mib } from './units.ts';

/** How a figure went over blocks of equal work: `open` where nothing can be said yet. */
export type Course = 'level' | 'steady' | 'open';

/** Rises of fewer descriptors or threads than these may be a pool that fills up. */
const largestPool = 400;

/**
 * The course of a count of descriptors or threads.
 * @param counts before the first block and after each
 * @param workPerBlock visits in each block; one in twenty that leaves something behind is a leak
 */
export function courseOfCount(counts: readonly number[], workPerBlock: number): Course {
  if (isSteady(counts, largestPool, workPerBlock / 20)) return 'steady';
  return isLevel(counts, 8) ? 'level' : 'open';
}

/** A collector lets its heap grow by so much, in bytes, before it cleans up; what grows further and as fast is a leak. */
export const largestHeapGrowth: number = 512 * mib;

/**
 * The course of resident memory.
 * @param bytes before the first block and after each
 * @param slackBytesPerBlock what each block may add where memory is level
 */
export function courseOfMemory(bytes: readonly number[], slackBytesPerBlock: number): Course {
  if (isSteady(bytes, largestHeapGrowth, slackBytesPerBlock)) return 'steady';
  return isLevel(bytes, 2 * mib + 4 * slackBytesPerBlock) ? 'level' : 'open';
}

/** The last four blocks together added no more than that. */
function isLevel(readings: readonly number[], slack: number): boolean {
  const [before, ...four] = readings.slice(-5);
  return before !== undefined && four.length === 4 && (four.at(-1) ?? 0) - before <= slack;
}

/** All blocks together added that much, and the last four did so no slower than all. */
function isSteady(readings: readonly number[], least: number, leastPerBlock: number): boolean {
  const total = (readings.at(-1) ?? 0) - (readings[0] ?? 0);
  if (readings.length < 5 || total < least) return false;
  const mean = total / (readings.length - 1);
  return readings.slice(-4).every((reading, index) => {
    const rise = reading - (readings.at(index - 5) ?? 0);
    return rise >= Math.max(leastPerBlock, mean / 2);
  });
}
