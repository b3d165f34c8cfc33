import { describe, expect, test } from 'vitest';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import type { ReceiverSummary } from '../engine/receiver-memory.ts';
import type { Finding } from '../results/bench-result.ts';
import { nothingPublished } from '../scenarios/scenario.ts';
import { findingsOf } from './findings.ts';

/** What is found where each of some streams was to get a hundred events, and got so many. */
function found(delivered: readonly number[]): Pick<Finding, 'name' | 'count'>[] {
  const { counts } = madeUpTrial({ x: delivered.length, seconds: 1 });
  const lost = delivered.reduce((sum, one) => sum + 100 - one, 0);
  const summary = {
    numbers: Uint32Array.from(delivered.keys()),
    expectedOf: new Uint32Array(delivered.length).fill(100),
    deliveredOf: Uint32Array.from(delivered),
  };
  return findingsOf({
    counts: { ...counts, expected: 100 * delivered.length, lost },
    restamped: 0,
    summaries: [summary as unknown as ReceiverSummary],
    schedule: nothingPublished,
    beginUs: 0,
  }).map(({ name, count }) => ({ name, count }));
}

describe('a server starves streams', () => {
  test.each([
    ['one of them', [100, 100, 100, 0], 1],
    ['more than a tenth of them', [100, 100, 100, 100, 100, 10, 100, 100, 20, 0], 3],
    ['most of them', [100, 0, 0, 0], 3],
  ])('where %s got less than half and the others nearly all', (_, delivered, count) => {
    expect(found(delivered)).toEqual([{ name: 'starves', count }]);
  });

  test.each([
    ['all got little', [40, 30, 45, 20]],
    ['the others lack much as well', [40, 70, 65, 80]],
  ])('but drops events where %s: it is no question of who', (_, delivered) => {
    const lost = delivered.reduce((sum, one) => sum + 100 - one, 0);
    expect(found(delivered)).toEqual([{ name: 'drops', count: lost }]);
  });
});
