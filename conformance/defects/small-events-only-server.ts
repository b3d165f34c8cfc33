/** Runs a plain server that takes every event and sends only small ones: `node small-events-only-server.ts PORT`. */
import { startPlainServer } from './plain-server.ts';

await startPlainServer(
  {
    deliver: (frame, stream, { behaviour }) => {
      if (frame.length < 1024) behaviour.write(frame, stream);
    },
  },
  Number(process.argv[2]),
);
