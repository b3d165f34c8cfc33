import { HdrCounts } from '../engine/hdr-layout.ts';
import type { ReceiverSummary } from '../engine/receiver-memory.ts';

/** For each publish that came to a stream at all, the time from its first receiver to its last, over all threads. */
export function fanOutSkew(summaries: readonly ReceiverSummary[]): HdrCounts {
  const skew = new HdrCounts();
  const publishes = summaries[0]?.firstUs.length ?? 0;
  for (let row = 0; row < publishes; row += 1) {
    const first = Math.min(...summaries.map(({ firstUs }) => firstUs[row] || Number.POSITIVE_INFINITY));
    const last = Math.max(...summaries.map(({ lastUs }) => lastUs[row] ?? 0));
    if (last > 0) skew.record(last - first);
  }
  return skew;
}
