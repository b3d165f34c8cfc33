import type { UsageRecord } from '@ssert/client';
import { type StreamView, useUsageStream } from '@ssert/client/react';
import { systemClock } from '@ssert/protocol/system';
import { useMemo } from 'react';
import { LiveUsage } from './live-usage.ts';
import type { Range } from './ranges.ts';

/** Records that are shown one by one. */
export const latestRecords = 6;

/** A server that is starting or stopping says so with one of these; a page that people look at waits for it. */
const passing = [429, 502, 503, 504];

/** The usage stream of a range, and what is known from it. */
export function useLiveUsage(range: Range): StreamView<UsageRecord> & {
  readonly usage: LiveUsage;
  readonly paused: boolean;
} {
  const usage = useMemo(() => new LiveUsage(range, systemClock), [range]);
  const view = useUsageStream(`/usage/stream?hours=${range.hours}`, {
    onEvent: usage.take,
    latest: latestRecords,
    throttleMs: 250,
    retryStatus: passing,
    reconnect: { jitter: 0.2, max: 10_000 },
  });
  const paused = view.state.name === 'waiting' && view.state.retryInMs === undefined;
  usage.freeze(paused);
  return { ...view, usage, paused };
}
