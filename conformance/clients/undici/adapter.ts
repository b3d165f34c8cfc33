import type { ClientAdapter } from '@ssert/conformance/client';
import { EventSource } from 'undici';
import { eventSourceAdapter } from '../event-source-adapter.ts';

const adapter: ClientAdapter = eventSourceAdapter('undici', (url) => new EventSource(url), [], { EventSource });
export default adapter;
