/** Runs a plain server that queues for stalled readers without bound: `node unbounded-server.ts PORT`. */
import { startPlainServer } from './plain-server.ts';

await startPlainServer(
  { deliver: (frame, stream, { behaviour }) => behaviour.write(frame, stream) },
  Number(process.argv[2]),
);
