import { type Invariant, streamInWords } from '../history.ts';

/** Whatever happened before, the newest event reaches each open stream, a fresh one as well. */
export const reachesOpenStreams: Invariant = ({ streams, newest }) => {
  if (newest === 0) return undefined;
  const index = streams.findIndex(({ state, received }) => state === 'open' && !received.includes(newest));
  const deaf = streams[index];
  if (!deaf) return undefined;
  const others = streams.some(({ state, received }) => state === 'open' && received.includes(newest));
  const message = `${streamInWords(deaf)} is open, and none of the last events reached it${others ? ', though they reached another' : ''}`;
  return { invariant: 'reaches-open-streams', message, stream: index };
};
