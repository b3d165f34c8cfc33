import { expect, test } from 'vitest';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import { type ReceiverCounter, receiverCounters } from '../engine/receiver-memory.ts';
import { resolveLoad } from '../settings.ts';
import { churnFindings } from './churn.ts';
import { nothingPublished } from './scenario.ts';

const counters = Object.fromEntries(receiverCounters.map((name) => [name, 0])) as Record<ReceiverCounter, number>;

test('connects a second are those behind the ramp, and who was not let in is told', () => {
  // Four seconds of ramp, ten to settle, three measured, one of drain.
  const { windows } = madeUpTrial({ x: 400, seconds: 3 });
  const attempted = windows.map((_, second) => (second < 4 ? 100 * (second + 1) : 400 + 7 * (second - 3)));
  const found = churnFindings({
    load: resolveLoad({}),
    summaries: [],
    windows,
    attempted: attempted.with(-1, 10_000),
    schedule: nothingPublished,
    refused: new Set(),
    counters: { ...counters, attempted: 10_000, refused: 11, failed: 5 },
    beginUs: 0,
    untilUs: 0,
    notes: {},
  });
  expect(found).toMatchObject({ connects: 10_000, refused: 11, failed: 5, connectsPerS: 7 });
});
