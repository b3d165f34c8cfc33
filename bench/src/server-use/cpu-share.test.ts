import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CpuShare } from './cpu-share.ts';

function stateOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.[0];
}

test.skipIf(process.platform !== 'linux')(
  'a process runs about its share of the time, and goes on in the end',
  async () => {
    const process = spawn('sleep', ['100']);
    const pid = process.pid as number;
    try {
      using share = new CpuShare(0.25);
      await share.follow([pid], undefined);
      await expect.poll(() => stateOf(pid), { interval: 1 }).toBe('T');
      await expect.poll(() => stateOf(pid), { interval: 1 }).toBe('S');
      await expect.poll(() => share.ran).toBeGreaterThan(0);
      expect(share.ran).toBeLessThan(1);
    } finally {
      await expect.poll(() => stateOf(pid)).toBe('S');
      process.kill();
    }
  },
);

test.skipIf(process.platform !== 'linux')('one that is followed no longer goes on', async () => {
  const [first, second] = [spawn('sleep', ['100']), spawn('sleep', ['100'])];
  try {
    using share = new CpuShare(0.05);
    await share.follow([first.pid as number], undefined);
    await expect.poll(() => stateOf(first.pid as number), { interval: 1 }).toBe('T');
    await share.follow([second.pid as number], undefined);
    await expect.poll(() => stateOf(second.pid as number), { interval: 1 }).toBe('T');
    expect(stateOf(first.pid as number)).toBe('S');
  } finally {
    first.kill('SIGKILL');
    second.kill('SIGKILL');
  }
});
