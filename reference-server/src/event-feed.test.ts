import type { OutgoingEvent } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { channelParts } from '../testing/channel.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import { Channel } from './channel.ts';
import { type EventContent, EventFeed, largestEventBytes, RefusedEvent } from './event-feed.ts';

function openFeed({ takesIds = true, maxBytes = largestEventBytes } = {}) {
  const parts = channelParts<EventContent>('events', { replayEvents: 3 });
  const log = Object.assign(parts.log, { takesIds });
  const feed = new EventFeed(new Channel({ ...parts, log, eventOf: EventFeed.eventOf }), maxBytes);
  void feed.channel.open(0);
  const sink = new RecordingSink();
  feed.subscribe({ sink });
  return { feed, sink };
}

test('an event goes out as its publisher wrote it', async () => {
  const { feed, sink } = openFeed();
  expect(await feed.publish({ data: ' a\nb\r\n', event: 'é', id: '0', retry: 2000 })).toBe('0');
  expect(sink.received).toBe('event: é\nid: 0\nretry: 2000\ndata:  a\ndata: b\ndata: \n\n');
});

test('an event without id gets one that no other has', async () => {
  const { feed, sink } = openFeed();
  const ids = [];
  for (const id of [{}, { id: 'mine' }, {}]) ids.push(await feed.publish({ data: 'x', ...id }));
  expect(ids).toEqual(['events-life-1', 'mine', 'events-life-3']);
  expect([...sink.received.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)).toEqual(ids);
});

test('an id is refused while the log holds its event, and once more allowed when it does not', async () => {
  const { feed } = openFeed();
  const publish = (id?: string) => feed.publish({ data: 'x', ...(id !== undefined && { id }) });
  await publish('mine');
  await expect(publish('mine')).rejects.toMatchObject({ field: 'id', because: 'taken' });
  for (let count = 0; count < 3; count += 1) await publish();
  expect(await publish('mine')).toBe('mine');
});

test('an id of the form that the server assigns is refused', async () => {
  const refused = openFeed().feed.publish({ data: 'x', id: 'events-life-2' });
  await expect(refused).rejects.toMatchObject({ field: 'id', because: 'taken' });
});

test('where the log assigns all ids, one of the publisher is refused', async () => {
  const { feed, sink } = openFeed({ takesIds: false });
  await expect(feed.publish({ data: 'x', id: 'mine' })).rejects.toMatchObject({ field: 'id', because: 'invalid' });
  expect(sink.writes).toEqual([]);
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

test.each(bad)('%j is refused for its field %s, and nothing is sent', async (event, field) => {
  const { feed, sink } = openFeed();
  await expect(feed.publish(event)).rejects.toThrow(RefusedEvent);
  await expect(feed.publish(event)).rejects.toMatchObject({ field, because: 'invalid' });
  expect(sink.writes).toEqual([]);
});

test('an event of exactly 1 MiB on the wire goes out, one byte more is refused', async () => {
  const { feed, sink } = openFeed();
  const room = largestEventBytes - 'id: a\ndata: \n\n'.length;
  await feed.publish({ id: 'a', data: 'x'.repeat(room) });
  expect(sink.received.length).toBe(largestEventBytes);
  const refused = feed.publish({ id: 'b', data: 'x'.repeat(room + 1) });
  await expect(refused).rejects.toMatchObject({ field: 'data', because: 'too large' });
});

test('the limit of a feed counts all that an event takes on the wire, an id included that it is still to get', async () => {
  const { feed } = openFeed({ maxBytes: 1024 });
  const room = 1024 - 'id: a\ndata: \n\n'.length;
  expect(await feed.publish({ id: 'a', data: 'é'.repeat(room / 2) })).toBe('a');
  for (const event of [{ id: 'b', data: 'é'.repeat(room / 2 + 1) }, { data: 'x'.repeat(room) }]) {
    await expect(feed.publish(event)).rejects.toMatchObject({ because: 'too large', message: /at most 1024 bytes/ });
  }
});
