import type { OutgoingEvent } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { RecordingSink } from '../testing/recording-sink.ts';
import { Channel } from './channel.ts';
import { EventFeed, type GenericEvent, maxEventBytes, RefusedEvent } from './event-feed.ts';

function openFeed() {
  const limits = { replayEvents: 3, replayBytes: 1e9, queueEvents: 10 };
  const traffic = { sentEvents: 0, droppedEvents: 0 };
  const feed = new EventFeed(new Channel<GenericEvent>({ idPrefix: 'events-', ...limits, traffic }));
  const sink = new RecordingSink();
  feed.subscribe({ sink });
  return { feed, sink };
}

test('an event goes out as its publisher wrote it', () => {
  const { feed, sink } = openFeed();
  expect(feed.publish({ data: ' a\nb\r\n', event: 'é', id: '0', retry: 2000 })).toBe('0');
  expect(sink.received).toBe('event: é\nid: 0\nretry: 2000\ndata:  a\ndata: b\ndata: \n\n');
});

test('an event without id gets one that no other has', () => {
  const { feed, sink } = openFeed();
  expect([{}, { id: 'mine' }, {}].map((id) => feed.publish({ data: 'x', ...id }))).toEqual([
    'events-1',
    'mine',
    'events-3',
  ]);
  expect([...sink.received.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)).toEqual(['events-1', 'mine', 'events-3']);
});

test('an id is refused while the log holds its event, and once more allowed when it does not', () => {
  const { feed } = openFeed();
  const publish = (id?: string): string => feed.publish({ data: 'x', ...(id !== undefined && { id }) });
  publish('mine');
  expect(() => publish('mine')).toThrow(expect.objectContaining({ field: 'id', because: 'taken' }));
  for (let count = 0; count < 3; count += 1) publish();
  expect(publish('mine')).toBe('mine');
});

test('an id of the form that the server assigns is refused', () => {
  expect(() => openFeed().feed.publish({ data: 'x', id: 'events-2' })).toThrow(
    expect.objectContaining({ field: 'id', because: 'taken' }),
  );
});

const bad: [OutgoingEvent, string][] = [
  [{ data: '\ud800' }, 'data'],
  [{ data: 'x', event: 'a\rdata: y' }, 'event'],
  [{ data: 'x', event: 'error' }, 'event'],
  [{ data: 'x', event: 'open' }, 'event'],
  [{ data: 'x', event: 'reset' }, 'event'],
  [{ data: 'x', id: 'a\nb' }, 'id'],
  [{ data: 'x', id: 'a\0' }, 'id'],
  [{ data: 'x', id: '' }, 'id'],
  [{ data: 'x', id: ' a' }, 'id'],
  [{ data: 'x', id: 'a\t' }, 'id'],
  [{ data: 'x', id: '\x7f' }, 'id'],
  [{ data: 'x', id: 'é'.repeat(65) }, 'id'],
  [{ data: 'x', retry: -1 }, 'retry'],
  [{ data: 'x', retry: 99 }, 'retry'],
  [{ data: 'x', retry: 1000.5 }, 'retry'],
  [{ data: 'x', retry: 600_001 }, 'retry'],
  [{ data: 'x', retry: Number.NaN }, 'retry'],
];

test.each(bad)('%j is refused for its field %s, and nothing is sent', (event, field) => {
  const { feed, sink } = openFeed();
  expect(() => feed.publish(event)).toThrow(RefusedEvent);
  expect(() => feed.publish(event)).toThrow(expect.objectContaining({ field, because: 'invalid' }));
  expect(sink.writes).toEqual([]);
  expect(feed.channel.nextId).toBe('events-1');
});

test('an event of exactly 1 MiB on the wire goes out, one byte more is refused', () => {
  const { feed, sink } = openFeed();
  const room = maxEventBytes - 'id: a\ndata: \n\n'.length;
  feed.publish({ id: 'a', data: 'x'.repeat(room) });
  expect(sink.received.length).toBe(maxEventBytes);
  expect(() => feed.publish({ id: 'b', data: 'x'.repeat(room + 1) })).toThrow(
    expect.objectContaining({ field: 'data', because: 'too large' }),
  );
});
