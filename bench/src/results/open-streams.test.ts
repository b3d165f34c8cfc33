import { expect, test } from 'vitest';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import { memoryPoints } from '../model/memory.ts';
import { openStreams } from './open-streams.ts';

test('where clients come and go, a trial held as many streams as were open at once, not as many as connected', () => {
  const connects = { attempted: 5000, ok: 4990, dropped: 0 };
  const churned = madeUpTrial({ x: 200 }, { connects, scenario: { left: 4800 } });
  expect(openStreams(churned)).toBe(200);
  expect(openStreams({ ...churned, windows: [] })).toBe(4990);
  // Else memory per stream would be told too small.
  expect(memoryPoints([churned])).toMatchObject([{ streams: 200 }]);
  expect(openStreams(madeUpTrial({ x: 300 }))).toBe(300);
});
