import { expect, test } from 'vitest';
import { MachineClock } from './machine-clock.ts';
import { VirtualTime } from './virtual-time.ts';

test('calls are made at their times, those of one time in the order of asking', () => {
  const time = new VirtualTime();
  const made: string[] = [];
  for (const [atMs, name] of [
    [5, 'c'],
    [3, 'a'],
    [5, 'd'],
    [3, 'b'],
    [900, 'e'],
  ] as const) {
    time.at(atMs, () => made.push(`${name} ${time.nowMs}`));
  }
  while (time.step(100));
  expect(made).toEqual(['a 3', 'b 3', 'c 5', 'd 5']);
});

test('a call for now is made in this millisecond, and one that was cancelled is not', () => {
  const time = new VirtualTime();
  const made: number[] = [];
  const cancelled = time.at(7, () => made.push(0));
  time.at(4, () => time.after(0, () => made.push(time.nowMs)));
  time.cancel(cancelled);
  while (time.step(100));
  expect(made).toEqual([4]);
  expect(time.nowMs).toBe(4);
});

test('timers of a machine that sleeps wait until it wakes, and those of a process that is gone never fire', () => {
  const time = new VirtualTime();
  const [machine, gone] = [new MachineClock(time), new MachineClock(time)];
  const fired: string[] = [];
  for (const name of ['a', 'b']) machine.after(10, () => fired.push(`${name} ${time.nowMs}`));
  gone.after(10, () => fired.push('gone'));
  gone.end();
  machine.sleep();
  time.at(50, () => machine.wake());
  while (time.step(100));
  expect(fired).toEqual(['a 50', 'b 50']);
  expect(machine.pending).toBe(0);
});

test('the time of day can be set, and what is measured goes on', () => {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  const before = clock.wallTime();
  clock.jump(-60_000);
  time.at(100, () => {});
  time.step(100);
  expect([clock.now(), clock.wallTime() - before]).toEqual([100, -59_900]);
});
