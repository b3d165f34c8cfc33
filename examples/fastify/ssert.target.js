/** What `ssert check ssert.target.js` and the tests judge. */
export default {
  stream: 'http://127.0.0.1:{port}/events',
  publish: 'http://127.0.0.1:{port}/publish',
  stats: { url: 'http://127.0.0.1:{port}/stats', pointer: '/openStreams' },
  process: { start: 'node server.js {port}', cwd: import.meta.dirname },
};
