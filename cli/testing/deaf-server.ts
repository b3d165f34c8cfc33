// Accepts connections and never answers. The port is the first argument.
import { createServer } from 'node:net';

createServer(() => undefined).listen(Number(process.argv[2]), '127.0.0.1');
