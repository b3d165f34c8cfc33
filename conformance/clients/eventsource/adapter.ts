import type { ClientAdapter } from '@ssert/conformance/client';
import { EventSource } from 'eventsource';
import { eventSourceAdapter } from '../event-source-adapter.ts';

/** The `eventsource` package, on Node's own fetch; headers go in by way of a fetch of one's own, as it documents. */
const adapter: ClientAdapter = eventSourceAdapter(
  'eventsource',
  (url, headers) =>
    new EventSource(url, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
    }),
  ['headers'],
);
export default adapter;
