import type { ClientAdapter } from '@ssert/conformance/client';
import { EventSource } from 'eventsource';
import { eventSourceAdapter } from '../event-source-adapter.ts';

/** The `eventsource` package, on Node's own fetch; headers go in by way of a fetch of one's own, as it documents. */
const adapter: ClientAdapter = eventSourceAdapter(
  'eventsource',
  (url, { headers }) =>
    new EventSource(url, {
      fetch: (input, init) => {
        const all = new Headers(headers);
        // What the client sets itself is newer, such as Last-Event-ID.
        for (const [name, value] of Object.entries(init.headers)) all.set(name, value);
        return fetch(input, { ...init, headers: all });
      },
    }),
  ['headers'],
  { EventSource },
);
export default adapter;
