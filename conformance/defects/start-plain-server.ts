/** Runs the correct plain server as a process of its own: `node start-plain-server.ts PORT`. */
import { startPlainServer } from './plain-server.ts';

await startPlainServer({}, Number(process.argv[2]));
