// Whether a soak tells a server that keeps a KiB of each connection from one that keeps nothing: `npm run bench:leak`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { benchOf } from '../liars/bench-of.ts';
import type { Finding } from '../src/index.ts';

/** What two cycles of clients that come and go find of a server. */
async function soaked(kind: 'leaking' | 'honest'): Promise<Finding | undefined> {
  const child = fork(join(import.meta.dirname, '../liars/leaking-server-main.ts'), [kind], {
    // A small heap has grown to its size after the first cycle.
    execArgv: ['--conditions=@ssert/source', '--max-semi-space-size=1'],
  });
  try {
    const [url] = await once(child, 'message');
    const server = { url, [Symbol.asyncDispose]: async () => undefined };
    const clients = { streams: 200, connectRate: 300, lifetimeMs: 80, resuming: 0, resets: 0, abortsInHead: 0 };
    const times = { durationMs: 10_000, settleMinMs: 0, settleMaxMs: 0, restMs: 2000 };
    const options = { scenario: 'soak', load: { ...clients, ...times, rate: 5 } } as const;
    const { trials } = await benchOf(server, { ...options, ...(child.pid === undefined ? {} : { pid: child.pid }) });
    return trials.at(-1)?.findings?.find(({ name }) => name === 'leaks');
  } finally {
    child.kill('SIGKILL');
  }
}

const [leaking, honest] = [await soaked('leaking'), await soaked('honest')];
console.log(`leaking: ${leaking ? `${leaking.sentence}; ${leaking.count} bytes a connection` : 'nothing found'}`);
console.log(`honest: ${honest?.sentence ?? 'nothing found'}`);
process.exitCode = leaking && !honest ? 0 : 1;
