import { expect, test } from 'vitest';
import { everySecond } from './clock-us.ts';

/** A clock whose timers fire by so much too early or too late, each by the next of these, ms. */
function jittery(byMs: readonly number[]) {
  let ms = 0;
  let fired = 0;
  let due: (() => void) | undefined;
  return {
    now: () => ms * 1000,
    after: (wait: number, call: () => void) => {
      due = () => {
        ms += wait + (byMs.at(fired) ?? 0);
        fired += 1;
        call();
      };
      return () => {
        due = undefined;
      };
    },
    fire: () => due?.(),
  };
}

test('a second is told once, however early or late timers fire', () => {
  const { fire, ...clock } = jittery([-0.9, 0, 12, -0.5, 400, -1]);
  const seconds: number[] = [];
  using _ = everySecond(0, (second) => seconds.push(second), clock);
  for (let at = 0; at < 6; at += 1) fire();
  expect(seconds).toEqual([0, 1, 2, 3, 4, 5]);
});

test('seconds that a process slept through are left out', () => {
  const { fire, ...clock } = jittery([0, 3200, 0]);
  const seconds: number[] = [];
  using _ = everySecond(0, (second) => seconds.push(second), clock);
  for (let at = 0; at < 3; at += 1) fire();
  expect(seconds).toEqual([0, 1, 5]);
});

test('nothing is told behind its end', () => {
  const { fire, ...clock } = jittery([]);
  const seconds: number[] = [];
  everySecond(0, (second) => seconds.push(second), clock)[Symbol.dispose]();
  fire();
  expect(seconds).toEqual([]);
});
