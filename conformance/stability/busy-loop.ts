/** Keeps one core busy until it is ended, or whoever started it is gone: `node busy-loop.ts`. */
const parent = process.ppid;
while (process.ppid === parent) {
  const untilMs = performance.now() + 100;
  while (performance.now() < untilMs);
}
