import type { ClientAdapter } from '../../src/client/index.ts';
import { literally } from '../literal-behaviour.ts';
import { literalClient } from '../literal-client.ts';

let kept: object[] = [];

/** It keeps the events of a connection, and looks through all of them with each. */
const adapter: ClientAdapter = literalClient({
  begin: (state) => {
    kept = [];
    literally.begin(state);
  },
  deliver: (event, report) => {
    kept.push(event);
    const text = JSON.stringify(event);
    if (kept.some((one) => one === event || JSON.stringify(one) !== text)) report(event);
  },
});
export default adapter;
