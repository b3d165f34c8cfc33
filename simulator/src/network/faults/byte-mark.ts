import type { WayFaults } from '../settings.ts';

/** What a way does at a byte. */
export type MarkCut = 'silence' | 'rst' | 'fin';

/**
 * The first mark that the next bytes reach.
 * @param passed bytes that have passed this way before
 * @returns how many of the next bytes still pass, and what happens then; undefined where all of them do
 */
export function markReached(
  { silentAtByte, rstAtByte, finAtByte }: WayFaults,
  passed: number,
  count: number,
): { readonly pass: number; readonly cut: MarkCut } | undefined {
  const marks: readonly (readonly [MarkCut, number])[] = [
    ['silence', silentAtByte],
    ['rst', rstAtByte],
    ['fin', finAtByte],
  ];
  const [first] = marks.filter(([, byte]) => byte > 0 && byte <= passed + count).toSorted(([, a], [, b]) => a - b);
  // A mark that was set when its byte had passed already is reached at once.
  return first && { cut: first[0], pass: Math.max(0, first[1] - passed) };
}
