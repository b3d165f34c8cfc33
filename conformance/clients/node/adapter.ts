import type { ClientAdapter } from '@ssert/conformance/client';
import { eventSourceAdapter } from '../event-source-adapter.ts';

/** Node's own EventSource; it is there with `NODE_OPTIONS=--experimental-eventsource`. */
const adapter: ClientAdapter = eventSourceAdapter('EventSource of Node', (url) => new EventSource(url), [], {
  EventSource,
});
export default adapter;
