import type { ClientAdapter } from '../../src/client/index.ts';
import { literally } from '../literal-behaviour.ts';
import { literalClient } from '../literal-client.ts';

/** Its timer for the next connection outlives close(). */
const adapter: ClientAdapter = literalClient({ closing: { ...literally.closing, stopsWaiting: false } });
export default adapter;
