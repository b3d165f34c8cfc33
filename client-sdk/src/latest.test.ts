import { expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { KeepLatest } from './latest.ts';

test('the newest items are kept, the oldest of them first', () => {
  const latest = new KeepLatest<number>({ latest: 3, clock: new ManualClock() });
  latest.add([1, 2, 3, 4]);
  latest.add([5]);
  expect(latest.snapshot()).toEqual([3, 4, 5]);
});

test('listeners are told at most once in the time given, and the snapshot changes only then', () => {
  const clock = new ManualClock();
  const latest = new KeepLatest<number>({ throttleMs: 100, clock });
  const seen: (readonly number[])[] = [];
  const unsubscribe = latest.subscribe(() => seen.push(latest.snapshot()));
  for (let item = 1; item <= 5; item += 1) {
    latest.add([item]);
    clock.advance(30);
  }
  expect(seen).toEqual([[1], [1, 2, 3, 4]]);
  expect(latest.snapshot()).toBe(seen[1]);
  clock.advance(100);
  expect(seen[2]).toEqual([1, 2, 3, 4, 5]);
  unsubscribe();
  latest.add([6]);
  clock.advance(100);
  expect(seen.length).toBe(3);
});

test('a notification that is due can be cancelled', () => {
  const clock = new ManualClock();
  const latest = new KeepLatest<number>({ throttleMs: 100, clock });
  latest.add([1]);
  latest.add([2]);
  latest.stop();
  expect(clock.pending).toBe(0);
});

test('what is forgotten is told at once, and once', () => {
  const latest = new KeepLatest<number>({ throttleMs: 100, clock: new ManualClock() });
  latest.add([1]);
  let told = 0;
  latest.subscribe(() => {
    told += 1;
  });
  latest.clear();
  latest.clear();
  expect([latest.snapshot(), told]).toEqual([[], 1]);
});

test('settings out of their range are refused', () => {
  expect(() => new KeepLatest({ latest: 0 })).toThrow(/^latest is 0; give/);
  expect(() => new KeepLatest({ throttleMs: -1 })).toThrow(/^throttleMs is -1; give/);
});
