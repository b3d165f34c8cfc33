import type { Window } from '@ssert/bench';
import { expect, test } from 'vitest';
import { BenchProgress } from './progress.ts';

const window: Window = {
  ...{ t: 7000, phase: 'measure', streams: 19, offered: 10_000, delivered: 9500 },
  ...{ p50: 1000, p99: 12_300, rss: null, cpu: null, elu: 0.2, psi: 0, bad: false },
};

test('a search over the rate shows the streams that are held, and the rate that is tried', () => {
  const progress = new BenchProgress();
  progress.take({ kind: 'trial-started', x: 500, rep: 0, streams: 20, rate: 500 });
  expect(progress.line()).toBe('20 streams · rate 500/s');
  progress.take({ kind: 'second', window, broke: [] });
  expect(progress.line()).toBe('measure · 19 of 20 streams · rate 500/s · 9500 deliveries/s · p99 12.3 ms · 7 s');
});

test('what is published at times of its own, or not at all, has no rate', () => {
  const progress = new BenchProgress();
  progress.take({ kind: 'trial-started', x: 20, rep: 0, streams: 20 });
  expect(progress.line()).toBe('20 streams');
});
