import { expect, test } from 'vitest';
import { resolveLoad } from '../settings.ts';
import { parseSlo } from '../slo/parse-slo.ts';
import { efforts, enoughFor } from './effort.ts';

const p99 = parseSlo('p99 < 250ms');

test.each([
  ['as long as 1,000 publishes take', 'full', 20, 50_050],
  ['also where that is longer than a usual run', 'full', 10, 100_100],
  ['but two minutes at most', 'full', 1, 120_000],
  ['and long enough to meet what comes now and then', 'full', 1000, 20_000],
  ['and 8 s where it has to be quick', 'quick', 10, 8000],
] as const)('a trial that decides on p99 measures %s', (_, effort, rate, durationMs) => {
  expect(enoughFor(p99, resolveLoad({ rate }), efforts[effort]).durationMs).toBe(durationMs);
});
