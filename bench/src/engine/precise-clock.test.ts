import { setImmediate } from 'node:timers/promises';
import { sleep } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { preciseClock } from './precise-clock.ts';

test.each([0.2, 0.9, 1.5, 3.999])('a timer of %s ms is never early', async (ms) => {
  for (let time = 0; time < 20; time += 1) {
    const from = preciseClock.now();
    await sleep(preciseClock, ms);
    // By less than the resolution of what waits.
    expect(preciseClock.now() - from).toBeGreaterThan(ms - 0.01);
  }
});

test('a cancelled timer calls nothing, however short it was', async () => {
  const calls: string[] = [];
  preciseClock.after(0.1, () => calls.push('short'))();
  preciseClock.after(1.1, () => calls.push('long'))();
  await sleep(preciseClock, 3);
  await setImmediate();
  expect(calls).toEqual([]);
});

test('timers that are due one behind another leave time for what sockets and other timers have', async () => {
  let others = 0;
  const interval = setInterval(() => {
    others += 1;
  }, 1);
  for (let time = 0; time < 100; time += 1) await sleep(preciseClock, 0.5);
  clearInterval(interval);
  expect(others).toBeGreaterThan(0);
});
