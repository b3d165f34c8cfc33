import type { ReceiverSummary } from '../engine/receiver-memory.ts';
import type { Published } from '../publisher/publisher.ts';
import type { Schedule } from '../publisher/schedule.ts';
import type { DeliveryCounts } from '../results/bench-result.ts';

/**
 * What was expected in the measured phase and what came, over all receivers.
 * @param moments us of `nowUs`: when publishing began, and what was measured
 */
export function deliveryCounts(
  summaries: readonly ReceiverSummary[],
  published: Published | undefined,
  { atUs }: Schedule,
  { beginUs, fromUs, toUs }: { readonly beginUs: number; readonly fromUs: number; readonly toUs: number },
): DeliveryCounts {
  const isDue = (row: number): boolean => {
    const dueUs = beginUs + (atUs[row] ?? 0);
    return dueUs >= fromUs && dueUs < toUs;
  };
  const sum = (of: (summary: ReceiverSummary) => number): number =>
    summaries.reduce((total, summary) => total + of(summary), 0);
  const refused = published?.refused.filter(isDue).length ?? 0;
  const due = published ? atUs.reduce((total, _, row) => total + (isDue(row) ? 1 : 0), 0) : 0;
  return {
    expected: sum(({ expected }) => expected),
    delivered: sum(({ delivered }) => delivered),
    lost: sum(({ lost }) => lost),
    duplicate: sum(({ tally }) => tally.duplicate),
    // Of publishes that were under way at once nobody knows the order.
    reordered: sum(({ overtaken }) =>
      overtaken.reduce((total, streams, row) => total + (published?.overlapped.has(row) ? 0 : streams), 0),
    ),
    corrupt: sum(({ tally }) => tally.corrupt),
    edge: sum(({ tally }) => tally.edge),
    redelivered: sum(({ tally }) => tally.redelivered),
    lostAcrossReconnect: sum(({ lostAcrossReconnect }) => lostAcrossReconnect),
    publishes: due - refused,
    publishesRefused: refused,
  };
}
