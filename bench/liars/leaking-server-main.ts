// A server in a process of its own that keeps a KiB of each connection for ever, or with `honest` none.
import { honest, plainServer } from './plain-server.ts';

const kept: Buffer[] = [];
const leaks = process.argv[2] !== 'honest';

const server = await plainServer({
  ...honest,
  connected: () => {
    if (leaks) kept.push(Buffer.alloc(1024, 1));
  },
});
process.send?.(server.url);
process.on('disconnect', () => process.exit());
