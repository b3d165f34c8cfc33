import { expect, test } from 'vitest';
import { RecordingSink } from '../testing/recording-sink.ts';
import { frame } from '../testing/text-frame.ts';
import { Batch } from './batch.ts';
import { type LeaveReason, type SlowPolicy, Subscriber } from './subscriber.ts';

const heartbeat = new Batch([frame('♥')]);

function subscribe({
  opening = [],
  queueEvents = 3,
  slowPolicy = 'drop-newest',
}: {
  opening?: string[];
  queueEvents?: number;
  slowPolicy?: SlowPolicy;
} = {}) {
  const sink = new RecordingSink();
  const traffic = { sentEvents: 0, droppedEvents: 0 };
  const reasons: LeaveReason[] = [];
  const subscriber = new Subscriber({
    sink,
    opening: opening.map((text) => frame(text)).values(),
    limits: { queueEvents, slowPolicy, traffic },
    onLeave: (reason) => reasons.push(reason),
  });
  /** Each text by itself; its first letter is the event type. */
  const offer = (...texts: string[]): void => {
    for (const text of texts) subscriber.deliver(new Batch([frame(text, text[0])]));
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

test('events that come together are one write for a reader that keeps up, and wait one by one for the others', () => {
  const { sink, subscriber, traffic } = subscribe({ queueEvents: 2 });
  subscriber.flush();
  const batch = new Batch(['a', 'b', 'c'].map((text) => frame(text)));
  sink.takesMore = false;
  subscriber.deliver(batch);
  subscriber.deliver(batch);
  sink.takesMore = true;
  subscriber.drained();
  expect(sink.writes).toEqual(['abc', 'ab']);
  expect(traffic).toEqual({ sentEvents: 5, droppedEvents: 1 });
});

test.each<[SlowPolicy, string[]]>([
  ['drop-newest', ['a1', 'a2b1b2']],
  ['drop-oldest', ['a1', 'b2a3c1']],
  ['conflate', ['a1', 'b2a3c1']],
])('when the queue is full, %s decides what is lost', (slowPolicy, writes) => {
  const { sink, subscriber, offer } = subscribe({ slowPolicy });
  subscriber.flush();
  sink.takesMore = false;
  offer('a1', 'a2', 'b1', 'b2', 'a3', 'c1');
  sink.takesMore = true;
  subscriber.drained();
  expect(sink.writes).toEqual(writes);
  expect(subscriber.droppedEvents).toBe(2);
});

test('conflate keeps the latest of each type even where the queue has room', () => {
  const { sink, subscriber, offer } = subscribe({ slowPolicy: 'conflate', queueEvents: 10 });
  subscriber.flush();
  sink.takesMore = false;
  offer('-', 'a1', 'b1', 'a2', 'c1', 'a3', 'b2');
  sink.takesMore = true;
  subscriber.drained();
  expect(sink.writes).toEqual(['-', 'c1a3b2']);
});

test('conflate with more types than the queue holds drops the oldest', () => {
  const { sink, subscriber, offer } = subscribe({ slowPolicy: 'conflate', queueEvents: 2 });
  subscriber.flush();
  sink.takesMore = false;
  offer('-', 'a1', 'b1', 'c1');
  sink.takesMore = true;
  subscriber.drained();
  expect(sink.writes).toEqual(['-', 'b1c1']);
});

test('disconnect cuts the stream whose queue is full, and no other', () => {
  const { sink, subscriber, offer, reasons } = subscribe({ slowPolicy: 'disconnect', queueEvents: 2 });
  subscriber.flush();
  sink.takesMore = false;
  offer('a', 'b', 'c');
  expect([sink.wasCut, reasons]).toEqual([false, []]);
  offer('d', 'e');
  expect([sink.wasCut, reasons, sink.received]).toEqual([true, ['too slow'], 'a']);
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
  subscriber.beat(heartbeat, 0, 1000);
  sink.takesMore = false;
  offer('a');
  subscriber.beat(heartbeat, 100, 1000);
  expect(sink.received).toBe('♥a');
});

test('a stream that takes nothing for the whole stall time is cut', () => {
  const { sink, subscriber, offer, reasons } = subscribe();
  subscriber.flush();
  sink.takesMore = false;
  offer('a');
  for (const nowMs of [0, 500, 999]) subscriber.beat(heartbeat, nowMs, 1000);
  expect([sink.wasCut, reasons]).toEqual([false, []]);
  subscriber.beat(heartbeat, 1000, 1000);
  expect([sink.wasCut, reasons]).toEqual([true, ['stalled']]);
});

test('a slow stream that takes something in between is not cut', () => {
  const { sink, subscriber, offer, reasons } = subscribe();
  subscriber.flush();
  sink.takesMore = false;
  offer('a', 'b', 'c');
  for (let nowMs = 0; nowMs <= 5000; nowMs += 600) {
    subscriber.beat(heartbeat, nowMs, 1000);
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
  subscriber.end('shutdown');
  expect([sink.received, sink.ended, reasons]).toEqual(['abc', true, ['shutdown']]);
});

test('a stream leaves once, and nothing is written to it after that', () => {
  const { sink, subscriber, offer, reasons } = subscribe({ opening: ['o'] });
  subscriber.leave('client left');
  subscriber.leave('connection error');
  subscriber.end('shutdown');
  offer('a');
  subscriber.drained();
  subscriber.beat(heartbeat, 0, 0);
  expect([sink.writes, sink.ended, sink.wasCut, reasons]).toEqual([[], false, false, ['client left']]);
});
