import { describeConformance } from '@ssert/conformance/vitest';
import { afterAll } from 'vitest';
import { app, openStreams } from './app.js';

let server;
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

describeConformance(async () => {
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    stream: `${url}/events`,
    // The application's own way to send, not made for tests: it has no ids and no reconnection times.
    publish: { url: `${url}/notify`, body: '{"data":"{{data}}"}' },
    stats: async () => openStreams(),
  };
});
