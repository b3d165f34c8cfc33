import { expect, test } from 'vitest';
import { RecordingSink } from '../testing/recording-sink.ts';
import { type Frame, type LeaveReason, Subscriber } from './subscriber.ts';

const bytes = new TextEncoder();

function subscribe({ opening = [], queueEvents = 3 }: { opening?: string[]; queueEvents?: number } = {}) {
  const sink = new RecordingSink();
  const traffic = { sentEvents: 0, droppedEvents: 0 };
  const reasons: LeaveReason[] = [];
  const subscriber = new Subscriber({
    sink,
    opening: opening.map((text): Frame => bytes.encode(text)).values(),
    queueEvents,
    traffic,
    onLeave: (reason) => reasons.push(reason),
  });
  const offer = (...texts: string[]): void => {
    for (const text of texts) subscriber.offer(bytes.encode(text));
  };
  return { sink, traffic, reasons, subscriber, offer };
}

test('an event for a reader that keeps up is written at once', () => {
  const { sink, subscriber, offer } = subscribe();
  subscriber.flush();
  offer('a', 'b');
  expect(sink.writes).toEqual(['a', 'b']);
});

test('what waits while the sink takes nothing goes out as one piece when it does', () => {
  const { sink, subscriber, offer } = subscribe();
  subscriber.flush();
  sink.takesMore = false;
  offer('a', 'b', 'c');
  expect(sink.writes).toEqual(['a']);
  sink.takesMore = true;
  subscriber.drained();
  expect(sink.writes).toEqual(['a', 'bc']);
});

test('a full queue drops the new event, for this stream alone, and counts it', () => {
  const { sink, traffic, subscriber, offer } = subscribe({ queueEvents: 2 });
  const other = subscribe();
  subscriber.flush();
  sink.takesMore = false;
  offer('a', 'b', 'c', 'd', 'e');
  other.offer('a', 'b', 'c', 'd', 'e');
  sink.takesMore = true;
  subscriber.drained();
  offer('f');
  expect(sink.received).toBe('abcf');
  expect(traffic).toEqual({ sentEvents: 4, droppedEvents: 2 });
  expect(subscriber).toMatchObject({ sentEvents: 4, droppedEvents: 2 });
  expect(other.sink.received).toBe('abcde');
});

test('one write carries no more than about 16 KiB, so that a sink that is slow is never given much', () => {
  const { sink, subscriber, offer } = subscribe({ queueEvents: 10 });
  subscriber.flush();
  sink.takesMore = false;
  offer('-', ...Array.from({ length: 8 }, () => 'x'.repeat(6000)));
  subscriber.drained();
  expect(sink.writes.map((write) => write.length)).toEqual([1, 18_000]);
  subscriber.drained();
  subscriber.drained();
  expect(sink.writes.map((write) => write.length)).toEqual([1, 18_000, 18_000, 12_000]);
});

test('the opening goes out before what is queued, at the pace of the sink', () => {
  const large = 'o'.repeat(16 * 1024);
  const { sink, subscriber } = subscribe({ opening: [large, 'p'] });
  sink.takesMore = false;
  subscriber.flush();
  expect([sink.received.length, subscriber.isOpening]).toEqual([large.length, true]);
  sink.takesMore = true;
  subscriber.drained();
  expect([sink.received, subscriber.isOpening]).toEqual([`${large}p`, false]);
});

test('a heartbeat is written when the sink takes bytes, and left out when it does not', () => {
  const { sink, subscriber, offer } = subscribe();
  subscriber.flush();
  subscriber.beat(bytes.encode('♥'), 0, 1000);
  sink.takesMore = false;
  offer('a');
  subscriber.beat(bytes.encode('♥'), 100, 1000);
  expect(sink.received).toBe('♥a');
});

test('a stream that takes nothing for the whole stall time is cut', () => {
  const { sink, subscriber, offer, reasons } = subscribe();
  subscriber.flush();
  sink.takesMore = false;
  offer('a');
  for (const nowMs of [0, 500, 999]) subscriber.beat(bytes.encode('♥'), nowMs, 1000);
  expect([sink.wasCut, reasons]).toEqual([false, []]);
  subscriber.beat(bytes.encode('♥'), 1000, 1000);
  expect([sink.wasCut, reasons]).toEqual([true, ['stalled']]);
});

test('a slow stream that takes something in between is not cut', () => {
  const { sink, subscriber, offer, reasons } = subscribe();
  subscriber.flush();
  sink.takesMore = false;
  offer('a', 'b', 'c');
  for (let nowMs = 0; nowMs <= 5000; nowMs += 600) {
    subscriber.beat(bytes.encode('♥'), nowMs, 1000);
    subscriber.drained();
    offer('d');
  }
  expect([sink.wasCut, reasons]).toEqual([false, []]);
});

test('the end comes behind the events that wait', () => {
  const { sink, subscriber, offer, reasons } = subscribe();
  subscriber.flush();
  sink.takesMore = false;
  offer('a', 'b', 'c');
  subscriber.end();
  expect([sink.received, sink.ended, reasons]).toEqual(['abc', true, ['shutdown']]);
});

test('a stream leaves once, and nothing is written to it after that', () => {
  const { sink, subscriber, offer, reasons } = subscribe({ opening: ['o'] });
  subscriber.leave('client left');
  subscriber.leave('connection error');
  subscriber.end();
  offer('a');
  subscriber.drained();
  subscriber.beat(bytes.encode('♥'), 0, 0);
  expect([sink.writes, sink.ended, sink.wasCut, reasons]).toEqual([[], false, false, ['client left']]);
});
