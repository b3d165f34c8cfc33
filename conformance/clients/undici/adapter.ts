import type { ClientAdapter } from '@ssert/conformance/client';
import { Agent, EventSource } from 'undici';
import { eventSourceAdapter } from '../event-source-adapter.ts';

const adapter: ClientAdapter = eventSourceAdapter(
  'undici',
  (url, { ca }) => new EventSource(url, ca === undefined ? {} : { dispatcher: new Agent({ connect: { ca } }) }),
  ['http2'],
  { EventSource },
);
export default adapter;
