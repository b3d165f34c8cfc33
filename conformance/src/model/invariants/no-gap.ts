import { type Invariant, listed, promised, type StreamRecord, streamInWords } from '../history.ts';

/** No stream lacks an event between two that it must have, unless too many were under way to it. */
export const noGap: Invariant = ({ streams }) => {
  for (const [index, stream] of streams.entries()) {
    const missing = missingOn(stream);
    if (missing.length === 0) continue;
    const got = listed(promised(stream));
    const message = `${streamInWords(stream)} did not get event ${listed(missing)}: it got ${got}`;
    return { invariant: 'no-gap', message, stream: index };
  }
  return undefined;
};

/** Events that a stream must have and has not. */
export function missingOn(stream: StreamRecord): number[] {
  const numbers = promised(stream);
  const [first] = numbers;
  // Where a resumed stream begins is judged by another invariant.
  if (first === undefined) return [];
  const has = new Set(numbers);
  const due = Array.from({ length: Math.max(0, stream.owedUpTo - first) }, (_, offset) => first + offset + 1);
  return due.filter((number) => !has.has(number) && !stream.excused.has(number));
}
