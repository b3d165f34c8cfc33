import { describe, expect, test } from 'vitest';
import type { CountReading, History, StreamRecord } from './history.ts';
import { countExact } from './invariants/count-exact.ts';
import { countNotNegative } from './invariants/count-not-negative.ts';
import { inOrderOnce } from './invariants/in-order-once.ts';
import { noGap } from './invariants/no-gap.ts';
import { nothingInvented } from './invariants/nothing-invented.ts';
import { reachesOpenStreams } from './invariants/reaches-open-streams.ts';
import { resumesAfterId } from './invariants/resumes-after-id.ts';

function historyOf(stream: Partial<StreamRecord>, count: Partial<CountReading> = {}): History {
  const received = stream.received ?? [];
  const whole: StreamRecord = {
    client: 'A',
    turn: 1,
    resumedAfter: undefined,
    newestAtHead: 0,
    promise: 'gapless',
    received,
    excused: new Set(),
    state: 'open',
    owedUpTo: Math.max(0, ...received),
    ...stream,
  };
  const reading = { when: 'with streams open', open: 1, above: 1, lowest: 0, before: 0, afterMs: 5, ...count } as const;
  return { commands: [], streams: [whole], newest: whole.owedUpTo, counts: [reading], epochs: [] };
}

describe('in order and once', () => {
  test.each([
    [[1, 2, 3], undefined],
    [[1, 2, 2], 'once'],
    [[1, 2, 1, 2], 'once'],
    [[2, 1], 'in-order'],
  ])('%j is %s', (received, invariant) => {
    expect(inOrderOnce(historyOf({ received }))?.invariant).toBe(invariant);
  });

  test('initial data is the server’s choice, what comes live is not', () => {
    expect(inOrderOnce(historyOf({ received: [3, 4, 4, 5], promise: 'live', newestAtHead: 4 }))).toBeUndefined();
    expect(inOrderOnce(historyOf({ received: [3, 4, 5, 5], promise: 'live', newestAtHead: 4 }))?.invariant).toBe(
      'once',
    );
  });
});

test('what was never published is invented', () => {
  expect(nothingInvented(historyOf({ received: [1, 2] }))).toBeUndefined();
  expect(nothingInvented(historyOf({ received: [1, 3], owedUpTo: 2 }))?.message).toBe(
    'the stream of A got event 3, and 2 were published',
  );
});

describe('without a gap', () => {
  test('a stream may begin late, and then has everything', () => {
    expect(noGap(historyOf({ received: [3, 4, 5] }))).toBeUndefined();
    expect(noGap(historyOf({ received: [3, 5] }))?.message).toContain('did not get event 4');
  });

  test('an open stream is owed the newest event, one that left is not', () => {
    expect(noGap(historyOf({ received: [1, 2], owedUpTo: 3 }))?.invariant).toBe('no-gap');
    expect(noGap(historyOf({ received: [1, 2], owedUpTo: 2, state: 'closed' }))).toBeUndefined();
  });

  test('events may be missing where too many were under way', () => {
    expect(noGap(historyOf({ received: [1, 7], excused: new Set([2, 3, 4, 5, 6]) }))).toBeUndefined();
  });
});

describe('a resumption', () => {
  test.each([
    [[4, 5], undefined],
    [[5, 6], 'resumes-after-id'],
    [[3, 4], 'resumes-after-id'],
  ])('after event 3 may begin with %j: %s', (received, invariant) => {
    const stream = { resumedAfter: 3, promise: 'exact', received } as const;
    expect(resumesAfterId(historyOf(stream))?.invariant).toBe(invariant);
  });

  test('beyond what is kept begins where the server says', () => {
    expect(resumesAfterId(historyOf({ resumedAfter: 3, promise: 'live', received: [9] }))).toBeUndefined();
  });
});

test('the newest event reaches each open stream', () => {
  expect(reachesOpenStreams(historyOf({ received: [1, 2] }))).toBeUndefined();
  expect(reachesOpenStreams(historyOf({ received: [], owedUpTo: 2 }))?.message).toContain('the stream of A is open');
  expect(reachesOpenStreams(historyOf({ received: [], owedUpTo: 2, state: 'ended by the server' }))).toBeUndefined();
});

describe('the count', () => {
  test.each([
    [1, undefined],
    [2, 'count-too-high'],
    [0, 'count-too-low'],
  ])('is %i above what it was with one stream open: %s', (above, invariant) => {
    expect(countExact(historyOf({}, { above }))?.invariant).toBe(invariant);
  });

  test('is never negative, and one that was so before is not blamed on this history', () => {
    expect(countNotNegative(historyOf({}, { lowest: -1 }))?.message).toContain('fell to -1');
    expect(countNotNegative(historyOf({}, { lowest: -1, before: -1 }))).toBeUndefined();
  });
});
