import { app } from './app.js';

await app.listen({ port: Number(process.argv[2] ?? 3000), host: '127.0.0.1' });
