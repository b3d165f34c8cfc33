import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { SettingError } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import { scratchFolder } from '../testing/scratch-folder.ts';
import { RefusedEvent } from './event-feed.ts';
import { createFeed, type Feed, type FeedOptions } from './feed.ts';
import { MemoryStore } from './memory-store.ts';
import { openEventStore } from './stores.ts';

async function feedOf(options: FeedOptions = {}): Promise<{ feed: Feed; clock: ManualClock; sink: RecordingSink }> {
  const clock = new ManualClock();
  const feed = await createFeed({ clock, store: new MemoryStore('life'), ...options });
  return { feed, clock, sink: new RecordingSink() };
}

test('what is published goes to every stream, with an id', async () => {
  const { feed, sink } = await feedOf();
  feed.subscribe({ sink });
  expect(await feed.publish({ data: 'a', event: 'news' })).toBe('events-life-1');
  await expect.poll(() => sink.received).toBe('event: news\nid: events-life-1\ndata: a\n\n');
  expect([feed.openStreams, feed.sentEvents, feed.droppedEvents]).toEqual([1, 1, 0]);
});

test('a feed without options resumes streams, and has ids that no other feed has', async () => {
  const [feed, other] = [await createFeed(), await createFeed()];
  const id = await feed.publish({ data: 'seen' });
  await feed.publish({ data: 'missed' });
  expect(await other.publish({ data: 'seen' })).not.toBe(id);
  const [sink, stranger] = [new RecordingSink(), new RecordingSink()];
  feed.subscribe({ sink, lastEventId: id });
  other.subscribe({ sink: stranger, lastEventId: id });
  await expect.poll(() => sink.received).toMatch(/^id: .*\ndata: missed\n\n$/);
  await expect.poll(() => stranger.received).toContain('event: reset\n');
  feed.close();
  other.close();
});

test('feeds of one store keep apart by their names', async () => {
  const store = new MemoryStore('life');
  const { feed } = await feedOf({ store, name: 'left' });
  const { feed: right, sink } = await feedOf({ store, name: 'right' });
  right.subscribe({ sink });
  expect(await feed.publish({ data: 'a' })).toBe('left-life-1');
  expect(await right.publish({ data: 'b' })).toBe('right-life-1');
  await expect.poll(() => sink.received).toBe('id: right-life-1\ndata: b\n\n');
});

test.each([
  [{ queueEvents: 0 }, /^queueEvents is 0; give a whole number from 1/],
  [{ slowPolicy: 'wait' as never }, /^slowPolicy is "wait"; give one of drop-newest/],
  [{ port: 80 } as never, /^port is .*; give one of heartbeatMs/],
])('an option that cannot be used, %j, is named', async (options, message) => {
  const creating = createFeed(options);
  await expect(creating).rejects.toThrow(SettingError);
  await expect(creating).rejects.toThrow(message);
});

test.each<[unknown, RefusedEvent['field']]>([
  [undefined, 'data'],
  ['text', 'data'],
  [[], 'data'],
  [{}, 'data'],
  [{ data: 5 }, 'data'],
  [{ data: 'a', id: 7 }, 'id'],
  [{ data: 'a', event: null }, 'event'],
  [{ data: 'a', event: 'a\nb' }, 'event'],
  [{ data: 'a', retry: '10' }, 'retry'],
])('the event %j is refused for its %s', async (event, field) => {
  const { feed } = await feedOf();
  const refusal = await feed.publish(event as { data: string }).catch((error) => error);
  expect(refusal).toBeInstanceOf(RefusedEvent);
  expect(refusal).toMatchObject({ field, status: 400 });
});

test('fields that no event has are not kept', async () => {
  const { feed, sink } = await feedOf();
  feed.subscribe({ sink });
  await feed.publish({ data: 'a', secret: 'b' } as { data: string });
  await expect.poll(() => sink.received).toBe('id: events-life-1\ndata: a\n\n');
});

test('an id that is taken has the status 409, and an event that is too large 413', async () => {
  const { feed } = await feedOf();
  await feed.publish({ data: 'a', id: '1' });
  await expect(feed.publish({ data: 'b', id: '1' })).rejects.toMatchObject({ status: 409 });
  await expect(feed.publish({ data: 'x'.repeat(1024 ** 2) })).rejects.toMatchObject({ status: 413 });
  const { feed: narrow } = await feedOf({ maxEventBytes: 1024 });
  await expect(narrow.publish({ data: 'x'.repeat(1024) })).rejects.toMatchObject({ status: 413 });
});

test('streams hear a heartbeat, and without streams there is no timer', async () => {
  const { feed, clock, sink } = await feedOf({ heartbeatMs: 1000 });
  expect(clock.pending).toBe(0);
  const subscriber = feed.subscribe({ sink });
  const other = feed.subscribe({ sink: new RecordingSink() });
  clock.advance(2000);
  expect(sink.received).toBe(':\n:\n');
  subscriber.leave('client left');
  clock.advance(1000);
  expect([sink.received, clock.pending]).toEqual([':\n:\n', 1]);
  other.leave('client left');
  expect(clock.pending).toBe(0);
  const late = new RecordingSink();
  feed.subscribe({ sink: late });
  clock.advance(1000);
  expect(late.received).toBe(':\n');
});

test('a stream that takes nothing for the stall time is cut', async () => {
  const { feed, clock, sink } = await feedOf({ heartbeatMs: 1000, stallMs: 2000 });
  sink.takesMore = false;
  feed.subscribe({ sink });
  await feed.publish({ data: 'a' });
  await expect.poll(() => sink.received).toContain('data: a');
  clock.advance(3000);
  expect([sink.wasCut, feed.openStreams]).toEqual([true, 0]);
});

test('closing ends every stream behind what waits for it, and turns away who comes later', async () => {
  const { feed, sink } = await feedOf({ maxStreams: 2 });
  const left: string[] = [];
  sink.takesMore = false;
  feed.subscribe({ sink, onLeave: (reason) => left.push(reason) });
  await feed.publish({ data: 'a' });
  await feed.publish({ data: 'b' });
  expect(feed.isFull).toBe(false);
  feed.close();
  feed.close();
  expect(sink.received).toBe('id: events-life-1\ndata: a\n\nid: events-life-2\ndata: b\n\n');
  expect([sink.ended, feed.isFull, feed.openStreams]).toEqual([true, true, 0]);
  expect(left).toEqual(['shutdown']);
});

test('closing leaves a reader that takes nothing the time to stop, then cuts it', async () => {
  const { feed, clock, sink } = await feedOf({ stopMs: 2000 });
  const reading = new RecordingSink();
  sink.takesMore = false;
  for (const one of [sink, reading]) feed.subscribe({ sink: one });
  await feed.publish({ data: 'a' });
  feed.close();
  feed.close();
  clock.advance(1999);
  expect([sink.ended, sink.wasCut, clock.pending]).toEqual([true, false, 1]);
  clock.advance(1);
  expect([sink.wasCut, reading.ended, reading.wasCut, clock.pending]).toEqual([true, true, false, 0]);
});

test('a signal ends its stream alone, behind all that was published', async () => {
  const { feed, sink } = await feedOf({});
  const controller = new AbortController();
  const other = new RecordingSink();
  const left: string[] = [];
  feed.subscribe({ sink, onLeave: (reason) => left.push(reason) }, controller.signal);
  feed.subscribe({ sink: other });
  await feed.publish({ data: 'a' });
  controller.abort();
  expect([sink.received, sink.ended, sink.wasCut]).toEqual(['id: events-life-1\ndata: a\n\n', true, false]);
  expect([left, other.ended, feed.openStreams]).toEqual([['ended'], false, 1]);
});

test('a stream that its signal ended is cut after the time to stop, where its reader takes nothing', async () => {
  const { feed, clock, sink } = await feedOf({ stopMs: 2000 });
  const controller = new AbortController();
  sink.takesMore = false;
  feed.subscribe({ sink }, controller.signal);
  await feed.publish({ data: 'a' });
  controller.abort();
  clock.advance(1999);
  expect([sink.ended, sink.wasCut]).toEqual([true, false]);
  clock.advance(1);
  expect([sink.wasCut, clock.pending]).toEqual([true, 0]);
});

test('a signal that has aborted already ends the stream at once', async () => {
  const { feed, sink } = await feedOf({});
  feed.subscribe({ sink }, AbortSignal.abort());
  expect([sink.ended, feed.openStreams]).toEqual([true, 0]);
});

test('a stream that is over no longer listens to its signal', async () => {
  const { feed, sink } = await feedOf({});
  const controller = new AbortController();
  feed.subscribe({ sink }, controller.signal).leave('client left');
  feed.close();
  feed.subscribe({ sink }, controller.signal);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('closing sets no timer where every reader keeps up', async () => {
  const { feed, clock, sink } = await feedOf({});
  feed.subscribe({ sink });
  feed.close();
  expect([sink.ended, clock.pending]).toEqual([true, 0]);
});

test('a feed on a store that outlives the process resumes the streams of its former life', async () => {
  const file = join(scratchFolder(), 'events.sqlite');
  const ids: string[] = [];
  for (const data of ['seen', 'missed']) {
    const store = await openEventStore(file);
    const feed = await createFeed({ store });
    ids.push(await feed.publish({ data }));
    feed.close();
    await store.close();
  }
  const store = await openEventStore(file);
  const feed = await createFeed({ store });
  const sink = new RecordingSink();
  feed.subscribe({ sink, lastEventId: ids[0] });
  await expect.poll(() => sink.received).toBe(`id: ${ids[1]}\ndata: missed\n\n`);
  feed.close();
  await store.close();
});
