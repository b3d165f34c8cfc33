import type { ClientAdapter } from '../../src/client/index.ts';
import { literally } from '../literal-behaviour.ts';
import { literalClient } from '../literal-client.ts';

/** It copies what it has of an event with each line. */
const adapter: ClientAdapter = literalClient({
  process: (name, value, state) => {
    literally.process(name, value, state);
    state.data = [...state.data].join('');
  },
});
export default adapter;
