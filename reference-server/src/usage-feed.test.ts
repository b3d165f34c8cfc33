import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { channelParts } from '../testing/channel.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import type { Batch } from './batch.ts';
import { UsageFeed } from './usage-feed.ts';
import type { UsageRecord } from './usage-record.ts';

const hourMs = 3_600_000;

function feedAt(clock = new ManualClock()) {
  const feed = new UsageFeed({ clock, storedRecords: 1000, channel: channelParts('usage') });
  void feed.channel.open(0);
  const open = (hours: number, lastEventId?: string) => {
    const sink = new RecordingSink();
    feed.subscribe(hours, { sink, lastEventId });
    return sink;
  };
  const record = (id: number, hoursAgo = 0): UsageRecord => {
    const createdAt = new Date(clock.wallTime() - hoursAgo * hourMs).toISOString();
    return { id, creditsUsed: 5, createdAt };
  };
  return { clock, feed, open, record };
}

function eventsOf({ received }: RecordingSink): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(received);
  return events;
}

/** The type of each event and the numbers of the records in it. */
function shown(sink: RecordingSink): string[] {
  return eventsOf(sink).map(({ event, data }) => {
    const content = JSON.parse(data);
    return Array.isArray(content) ? `${event} ${content.map(({ id }) => id).join(',')}` : `${event} ${data}`;
  });
}

const connected = 'connected {"status":"connected"}';

test('a new stream is greeted at once, even where there is nothing to show', () => {
  expect(shown(feedAt().open(1))).toEqual([connected]);
});

test('a new stream gets the records of its hours, in events of at most 100', () => {
  const { feed, open, record } = feedAt();
  void feed.publish(Array.from({ length: 250 }, (_, index) => record(index, index < 20 ? 2 : 0)));
  const sizes = (hours: number): unknown[] =>
    eventsOf(open(hours))
      .slice(1)
      .map(({ event, data }) => [event, JSON.parse(data).length]);
  expect(sizes(1)).toEqual([
    ['usage', 100],
    ['usage', 100],
    ['usage', 30],
  ]);
  expect(sizes(2).at(-1)).toEqual(['usage', 50]);
});

test('published records reach open streams as they are, each event with an id of its own', () => {
  const { feed, open, record } = feedAt();
  const sink = open(1);
  void feed.publish([{ ...record(1), model: 'large' }, record(2)]);
  void feed.publish(Array.from({ length: 150 }, (_, index) => record(index)));
  const events = eventsOf(sink).slice(1);
  expect(JSON.parse(events[0]?.data ?? '')).toEqual([{ ...record(1), model: 'large' }, record(2)]);
  expect(events.map(({ id }) => id)).toEqual(['usage-life-1', 'usage-life-2', 'usage-life-3']);
  expect(events.map(({ data }) => JSON.parse(data).length)).toEqual([2, 100, 50]);
});

test('a stream shows only what was created in its hours, and nothing at all where nothing was', () => {
  const { feed, open, record } = feedAt();
  const sinks = [1, 3, 24, Number.POSITIVE_INFINITY].map((hours) => open(hours));
  void feed.publish([record(1, 2), record(2, 10)]);
  void feed.publish([record(3, 2), record(4)]);
  expect(sinks.map((sink) => shown(sink).slice(1))).toEqual([
    ['usage 4'],
    ['usage 1', 'usage 3,4'],
    ['usage 1,2', 'usage 3,4'],
    ['usage 1,2', 'usage 3,4'],
  ]);
});

test('streams of the same hours share what is sent', () => {
  const { feed, record } = feedAt();
  const batches: Batch[] = [];
  class KeepingSink extends RecordingSink {
    override write(batch: Batch): boolean {
      batches.push(batch);
      return super.write(batch);
    }
  }
  for (const hours of [1, 1, 24, 48]) feed.subscribe(hours, { sink: new KeepingSink(), lastEventId: undefined });
  batches.length = 0;
  void feed.publish([record(1, 2), record(2)]);
  expect(batches).toHaveLength(4);
  expect(batches[0]).toBe(batches[1]);
  // Another view of the same event, which it shows whole: the bytes are still the same.
  expect(batches[2]?.bytes).toBe(batches[3]?.bytes);
});

test('a resumed stream gets what it missed in place of the initial data, as it would have seen it live', () => {
  const { clock, feed, open, record } = feedAt();
  for (const id of [1, 2, 3]) void feed.publish([record(id), record(id + 10, 2)]);
  clock.advance(5 * hourMs);
  expect(shown(open(1, 'usage-life-1'))).toEqual([connected, 'usage 2', 'usage 3']);
  expect(shown(open(2, 'usage-life-2'))).toEqual([connected, 'usage 3,13']);
});

test('a stream whose id is not known is told, and begins with the initial data', async () => {
  const { feed, open, record } = feedAt();
  void feed.publish([record(1)]);
  const sink = open(1, 'usage-of-another-life-1');
  await expect.poll(() => sink.received).toContain('reset');
  void feed.publish([record(2)]);
  expect(shown(sink)).toEqual([connected, 'reset {"status":"reset"}', 'usage 1', 'usage 2']);
  expect(eventsOf(sink).map(({ id }) => id)).toEqual([undefined, undefined, undefined, 'usage-life-2']);
});
