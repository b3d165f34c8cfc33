import { EventEmitter } from 'node:events';
import type { ClientAdapter } from '../../src/client/index.ts';
import { literally } from '../literal-behaviour.ts';
import { literalClient } from '../literal-client.ts';

const shutdown = new EventEmitter();

/** Each connection listens for the end of the client, and goes on listening when it is over. */
const adapter: ClientAdapter = literalClient({
  begin: (state) => {
    shutdown.on('close', () => state);
    literally.begin(state);
  },
});
export default adapter;
