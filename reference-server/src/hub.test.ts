import { seededRandom } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import type { EventStore } from './event-log.ts';
import { Hub } from './hub.ts';
import { MemoryStore } from './memory-store.ts';
import { resolveSettings, type ServerSettings } from './settings.ts';

async function hubWith(settings: Partial<ServerSettings> = {}, store: EventStore = new MemoryStore('life')) {
  const clock = new ManualClock();
  const hub = new Hub({
    settings: resolveSettings({ events: true, ...settings }),
    clock,
    random: seededRandom(1),
    store,
  });
  await hub.start();
  return { clock, hub };
}

test('there is no generic channel unless it is opened', async () => {
  expect((await hubWith({ events: false })).hub.events).toBeUndefined();
});

test('every stream of every channel gets a heartbeat within one interval of its opening', async () => {
  const { clock, hub } = await hubWith({ heartbeatMs: 1000 });
  const [early, late] = [new RecordingSink(), new RecordingSink()];
  hub.usage.subscribe(1, { sink: early, lastEventId: undefined });
  const greeting = early.received;
  clock.advance(900);
  hub.events?.subscribe({ sink: late });
  clock.advance(1000);
  expect([early.received.slice(greeting.length), late.received]).toEqual([':\n', ':\n']);
});

test('a heartbeat that is an event has a type and no id', async () => {
  const { clock, hub } = await hubWith({ heartbeatMs: 1000, heartbeatAs: 'event' });
  const sink = new RecordingSink();
  hub.events?.subscribe({ sink });
  clock.advance(1000);
  expect(sink.received).toBe('event: heartbeat\ndata: {"status":"alive"}\n\n');
});

test('health counts streams, what was sent and dropped, errors and seconds', async () => {
  const { clock, hub } = await hubWith({ queueEvents: 1 });
  const sink = new RecordingSink();
  sink.takesMore = false;
  hub.events?.subscribe({ sink });
  hub.events?.subscribe({ sink: new RecordingSink() });
  for (const data of ['a', 'b', 'c']) await hub.events?.publish({ data });
  hub.countError();
  clock.advance(2500);
  expect(hub.health).toEqual({
    status: 'ok',
    activeConnections: 2,
    totalMessages: 4,
    droppedMessages: 1,
    errorCount: 1,
    uptime: 2.5,
  });
});

test('the limit counts the streams of all channels', async () => {
  const { hub } = await hubWith({ maxStreams: 2 });
  const first = hub.usage.subscribe(1, { sink: new RecordingSink(), lastEventId: undefined });
  expect(hub.isFull).toBe(false);
  hub.events?.subscribe({ sink: new RecordingSink() });
  expect(hub.isFull).toBe(true);
  first.leave('client left');
  expect(hub.isFull).toBe(false);
});

test('stopping ends every stream and leaves no timer', async () => {
  const { clock, hub } = await hubWith();
  const sinks = [new RecordingSink(), new RecordingSink()] as const;
  hub.usage.subscribe(1, { sink: sinks[0], lastEventId: undefined });
  hub.events?.subscribe({ sink: sinks[1] });
  hub.stop();
  expect(sinks.map(({ ended }) => ended)).toEqual([true, true]);
  expect(hub.health).toMatchObject({ status: 'stopping', activeConnections: 0 });
  expect(clock.pending).toBe(0);
});

test('many streams end one after another, each behind what was published, and within half of the deadline', async () => {
  const { clock, hub } = await hubWith({ stopMs: 4000, maxStreams: 5000 });
  const sinks = Array.from({ length: 500 }, () => new RecordingSink());
  for (const sink of sinks) hub.events?.subscribe({ sink });
  const ended = () => sinks.filter((sink) => sink.ended).length;
  hub.stop();
  expect([ended(), hub.health.status]).toEqual([10, 'stopping']);
  clock.advance(100);
  expect(ended()).toBe(110);
  await hub.events?.publish({ data: 'late', id: 'x' });
  clock.advance(2000);
  expect([ended(), hub.health.activeConnections, clock.pending]).toEqual([500, 0, 0]);
  expect(sinks.filter(({ received }) => received === 'id: x\ndata: late\n\n')).toHaveLength(390);
});

test('a stream that is opened while the others end is ended with them', async () => {
  const { clock, hub } = await hubWith();
  for (let count = 0; count < 11; count += 1) hub.events?.subscribe({ sink: new RecordingSink() });
  hub.stop();
  const late = new RecordingSink();
  hub.events?.subscribe({ sink: late });
  expect(late.ended).toBe(false);
  clock.advance(10);
  expect(late.ended).toBe(true);
});

test('what each channel did is counted by itself', async () => {
  const { hub } = await hubWith({ queueEvents: 1 });
  const [slow, fast] = [new RecordingSink(), new RecordingSink()];
  slow.takesMore = false;
  hub.events?.subscribe({ sink: slow });
  hub.events?.subscribe({ sink: fast });
  hub.usage.subscribe(1, { sink: new RecordingSink() });
  for (const data of ['a', 'b', 'c']) await hub.events?.publish({ data });
  await hub.usage.publish([{ id: 1, creditsUsed: 1, createdAt: '2026-01-01T12:00:00Z' }]);
  expect(hub.channelCounts).toEqual([
    { channel: 'usage', openStreams: 1, publishedEvents: 1, sentEvents: 2, droppedEvents: 0 },
    { channel: 'events', openStreams: 2, publishedEvents: 3, sentEvents: 4, droppedEvents: 1 },
  ]);
});

test('an id of one channel or of an earlier life is known nowhere else', async () => {
  const ids: (string | undefined)[] = [];
  for (const life of ['first', 'second']) {
    const { hub } = await hubWith({}, new MemoryStore(life));
    ids.push(await hub.events?.publish({ data: 'x' }));
    ids.push(...(await hub.usage.channel.publish([{ content: { records: [], publishedAtMs: 0 } }])));
  }
  expect(new Set(ids).size).toBe(4);
});

test('while its store has a problem the server says that it is degraded, and why', async () => {
  const store = Object.assign(new MemoryStore('life'), { problem: 'the disk is full' });
  const { hub } = await hubWith({}, store);
  expect(hub.health).toMatchObject({ status: 'degraded', problem: 'the disk is full' });
});
