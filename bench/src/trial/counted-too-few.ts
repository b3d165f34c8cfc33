import { type Clock, sleep } from '@ssert/protocol';
import type { Finding } from '../results/bench-result.ts';

/** A count may be a moment behind. */
const lookEveryMs = 500;
const looks = 5;

/**
 * Whether the server counts fewer streams than are held; more may be other clients'. A count that cannot be read says
 * nothing.
 * @param held streams that are open now
 */
export async function countedTooFew(
  openStreams: () => Promise<number>,
  held: () => number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Finding[]> {
  let missing = 0;
  let most = 0;
  for (let look = 0; look < looks && !signal.aborted; look += 1) {
    const counted = await openStreams().catch(() => undefined);
    if (counted === undefined) return [];
    most = Math.max(most, counted);
    missing = held() - most;
    if (missing <= 0) return [];
    await sleep(clock, lookEveryMs, signal);
  }
  if (signal.aborted) return [];
  const sentence = `the server counts ${most} open streams at most, and ${most + missing} are held`;
  return [{ name: 'miscounts', count: missing, sentence }];
}
