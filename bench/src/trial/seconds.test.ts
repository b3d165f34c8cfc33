import { expect, test } from 'vitest';
import {
  type ReceiverCounter,
  type ReceiverRecord,
  receiverCounters,
  receiverHistograms,
} from '../engine/receiver-memory.ts';
import { type Second, Seconds } from './seconds.ts';

/** What a thread tells that has had so many deliveries, none of which stands in a time. */
function record(deliveries: number): ReceiverRecord {
  const none = { indexes: new Uint32Array(0), by: new Uint32Array(0) };
  const counters = Object.fromEntries(receiverCounters.map((name) => [name, 0])) as Record<ReceiverCounter, number>;
  return {
    atUs: 0,
    growth: Object.fromEntries(receiverHistograms.map((name) => [name, none])) as ReceiverRecord['growth'],
    counters: { ...counters, deliveries },
  };
}

test('a second has the deliveries of all threads, with a time or without', () => {
  const told: Second[] = [];
  const seconds = new Seconds(2, (second) => told.push(second));
  for (const [second, counts] of [
    [3, 2],
    [7, 2],
    [7, 6],
  ].entries())
    for (const [thread, deliveries] of counts.entries()) seconds.take({ shard: 0, thread }, second, record(deliveries));
  expect(told.map(({ delivered, p99 }) => [delivered, p99])).toEqual([
    [5, null],
    [4, null],
    [4, null],
  ]);
});
