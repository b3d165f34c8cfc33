import { expect, test } from 'vitest';
import type { UsageRecord } from './usage-record.ts';
import { UsageStore } from './usage-store.ts';

const noon = Date.parse('2026-01-01T12:00:00Z');

function record(id: number, minutesBeforeNoon = 0): UsageRecord {
  return { id, creditsUsed: 1, createdAt: new Date(noon - minutesBeforeNoon * 60_000).toISOString() };
}

function ids(records: Iterable<UsageRecord>): number[] {
  return [...records].map(({ id }) => id);
}

test('gives the records created since a moment, that moment included, in the order they came', () => {
  const store = new UsageStore(10);
  store.add([record(1, 61), record(2, 60), record(3, 0)]);
  store.add([record(4, 90), record(5, 30)]);
  expect(ids(store.since(noon - 3_600_000))).toEqual([2, 3, 5]);
  expect(ids(store.since(Number.NEGATIVE_INFINITY))).toEqual([1, 2, 3, 4, 5]);
});

test('an offset in the time of creation counts', () => {
  const store = new UsageStore(10);
  store.add([{ id: 1, creditsUsed: 1, createdAt: '2026-01-01T14:00:00+02:00' }]);
  expect(ids(store.since(noon))).toEqual([1]);
  expect(ids(store.since(noon + 1))).toEqual([]);
});

test('never gives more than the latest records that it may store', () => {
  const store = new UsageStore(3);
  for (let id = 1; id <= 20; id += 1) {
    store.add([record(id)]);
    expect(ids(store.since(0))).toEqual([id - 2, id - 1, id].filter((each) => each > 0));
  }
  store.add(Array.from({ length: 50 }, (_, index) => record(100 + index)));
  expect(ids(store.since(0))).toEqual([147, 148, 149]);
});

test('what is added after the call is not given, what is forgotten while reading is left out', () => {
  const store = new UsageStore(3);
  store.add([record(1), record(2), record(3)]);
  const records = store.since(0)[Symbol.iterator]();
  expect(records.next().value?.id).toBe(1);
  store.add([record(4), record(5)]);
  expect(records.next().value?.id).toBe(2);
  store.add([record(6), record(7), record(8)]);
  expect(records.next().done).toBe(true);
});
