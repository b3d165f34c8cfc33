import { type Invariant, listed, type StreamRecord, streamInWords } from '../history.ts';

/** A stream that resumed with the id of event k begins with k+1. */
export const resumesAfterId: Invariant = ({ streams }) => {
  for (const [index, stream] of streams.entries()) {
    const missing = missingAtTheSeam(stream);
    const [first] = stream.received;
    if (stream.promise !== 'exact' || stream.resumedAfter === undefined || first === undefined) continue;
    if (first > stream.resumedAfter && missing.length === 0) continue;
    const message = `${streamInWords(stream)} began with event ${first} in place of ${stream.resumedAfter + 1}: it got ${listed(stream.received)}`;
    return { invariant: 'resumes-after-id', message, stream: index };
  }
  return undefined;
};

/** Events between the id that a stream resumed with and the first that it got. */
export function missingAtTheSeam({ promise, resumedAfter, received, excused }: StreamRecord): number[] {
  const first = received[0];
  if (promise !== 'exact' || resumedAfter === undefined || first === undefined) return [];
  const between = Array.from(
    { length: Math.max(0, first - resumedAfter - 1) },
    (_, offset) => resumedAfter + 1 + offset,
  );
  return between.filter((number) => !excused.has(number));
}
