import type { ClientAdapter } from '@ssert/conformance/client';
import { EventSource } from 'launchdarkly-eventsource';
import { eventSourceAdapter } from '../event-source-adapter.ts';

/** The `launchdarkly-eventsource` package; it calls a clean end `end`, and reconnects after 500, 502, 503 and 504, as documented. */
const adapter: ClientAdapter = eventSourceAdapter(
  'launchdarkly-eventsource',
  (url, { method, headers, body, lastEventId, readTimeoutMs, backoff, jitter, retryStatuses }) =>
    new EventSource(url, {
      ...(method ? { method } : {}),
      ...(body === undefined ? {} : { body }),
      ...(readTimeoutMs === undefined ? {} : { readTimeoutMillis: readTimeoutMs }),
      ...(jitter === undefined ? {} : { jitterRatio: jitter }),
      // What has no status is a failure of the network.
      ...(retryStatuses
        ? { errorFilter: ({ status }: { status?: number }) => status === undefined || retryStatuses.includes(status) }
        : {}),
      ...(backoff
        ? {
            initialRetryDelayMillis: backoff.initialMs,
            maxBackoffMillis: backoff.maxMs,
            retryResetIntervalMillis: backoff.resetMs,
          }
        : {}),
      headers: { ...headers, ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }) },
    }),
  [
    'headers',
    'post',
    'report',
    'last-event-id',
    'read-timeout',
    'retries-server-errors',
    'backoff',
    'backoff-settings',
    'jitter',
    'retry-statuses',
  ],
  { failures: ['error', 'end'] },
);
export default adapter;
