import { app } from './app.js';

const port = Number(process.argv[2] ?? 3000);
app.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/events`));
