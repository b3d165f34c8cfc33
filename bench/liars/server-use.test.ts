import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { benchOf } from './bench-of.ts';

test("what the kernel holds for a stream is of the server's end alone", async () => {
  const main = join(import.meta.dirname, 'leaking-server-main.ts');
  const server = fork(main, ['honest'], { execArgv: ['--conditions=@ssert/source'] });
  try {
    const [url] = (await once(server, 'message')) as [string];
    const load = { streams: 50, rate: 10, durationMs: 1000, settleMinMs: 0, settleMaxMs: 0 };
    const { trials } = await benchOf(
      { url, [Symbol.asyncDispose]: async () => undefined },
      { scenario: 'steady', load, pid: server.pid as number },
    );
    const socketBytes = 3712;
    expect(trials[0]?.server?.kernelBytesPerStream).toBeGreaterThan(0.9 * socketBytes);
    expect(trials[0]?.server?.kernelBytesPerStream).toBeLessThan(1.1 * socketBytes);
  } finally {
    server.kill();
  }
});
