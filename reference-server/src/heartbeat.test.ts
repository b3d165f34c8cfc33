import { expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { startHeartbeat } from './heartbeat.ts';

test('beats every interval until it is stopped, and leaves no timer behind', () => {
  const clock = new ManualClock();
  let beats = 0;
  const stop = startHeartbeat(clock, 100, () => {
    beats += 1;
  });
  clock.advance(99);
  expect(beats).toBe(0);
  clock.advance(1);
  expect(beats).toBe(1);
  clock.advance(250);
  expect(beats).toBe(3);
  stop();
  clock.advance(1000);
  expect([beats, clock.pending]).toEqual([3, 0]);
});
