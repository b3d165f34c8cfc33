import type { ClientAdapter } from '../../src/client/index.ts';
import { literalClient } from '../literal-client.ts';

/** It keeps every piece of a line until the line ends, whatever it begins with: as the literal client does. */
const adapter: ClientAdapter = literalClient();
export default adapter;
