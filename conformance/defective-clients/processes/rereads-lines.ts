import type { ClientAdapter } from '../../src/client/index.ts';
import { literalClient } from '../literal-client.ts';

/** It looks at a line from its start again with each piece. */
const adapter: ClientAdapter = literalClient({
  liner: () => {
    let pending = '';
    return (text) => {
      const lines = [...pending, ...(text ?? '')].join('').split(/\r\n|\r|\n/);
      pending = lines.pop() ?? '';
      return text === undefined ? [] : lines;
    };
  },
});
export default adapter;
