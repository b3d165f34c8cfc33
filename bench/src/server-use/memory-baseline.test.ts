import { expect, test } from 'vitest';
import { MemoryBaseline } from './memory-baseline.ts';

test('memory counts from before the first stream of a process, however much it has kept since', () => {
  const baseline = new MemoryBaseline();
  expect(baseline.begin(7, 60e6, 100)).toEqual({ rssBytes: 60e6, heldMore: false });
  expect(baseline.begin(7, 90e6, 400)).toEqual({ rssBytes: 60e6, heldMore: false });
  expect(baseline.begin(7, 140e6, 200)).toEqual({ rssBytes: 60e6, heldMore: true });
  expect(baseline.begin(7, 140e6, 400)).toEqual({ rssBytes: 60e6, heldMore: false });
});

test('a process that was started anew has kept nothing', () => {
  const baseline = new MemoryBaseline();
  baseline.begin(7, 60e6, 400);
  expect(baseline.begin(8, 61e6, 200)).toEqual({ rssBytes: 61e6, heldMore: false });
});
