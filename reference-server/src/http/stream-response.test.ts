import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { EventReader } from '../../testing/event-reader.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { health, post, runningServer } from '../../testing/running-server.ts';
import type { ReferenceServer } from '../server.ts';
import { streamResponse } from './stream-response.ts';

async function streamsAre(server: ReferenceServer, count: number): Promise<void> {
  const ask = async (): Promise<unknown> => (await health(server)).activeConnections;
  await expect.poll(ask, { timeout: 5000, interval: 5 }).toBe(count);
}

async function publishAll({ url }: ReferenceServer, data: readonly string[]): Promise<void> {
  for (const each of data) expect((await post(`${url}/events`, { data: each })).status).toBe(202);
}

test.each<[string, (client: RawClient) => void]>([
  ['FIN', ({ socket }) => socket.end()],
  ['RST', ({ socket }) => socket.resetAndDestroy()],
  ['a close', ({ socket }) => socket.destroy()],
])('a client that leaves by %s is forgotten without waiting for an event', async (_, leave) => {
  const server = await runningServer();
  const stays = await RawClient.open(server.port, '/usage/stream');
  const leaves = await Promise.all(['/events', '/usage/stream'].map((path) => RawClient.open(server.port, path)));
  await streamsAre(server, 3);
  for (const client of leaves) leave(client);
  await streamsAre(server, 1);
  stays.socket.destroy();
});

test('a client that leaves during the set-up leaves nothing behind', async () => {
  const server = await runningServer();
  const lines = ['GET /events HTTP/1.1', 'Host: a'];
  const clients = await Promise.all(Array.from({ length: 60 }, () => RawClient.send(server.port, ...lines)));
  for (const [index, { socket }] of clients.entries()) {
    if (index % 4 === 0) socket.resetAndDestroy();
    else if (index % 4 === 1) socket.destroy();
    else if (index % 4 === 2) socket.end();
    else setTimeout(() => socket.destroy(), index / 10);
  }
  await Promise.all(clients.map((client) => client.isClosed()));
  await streamsAre(server, 0);
});

test('streams asked for in one piece on the same connection are forgotten together', async () => {
  const server = await runningServer();
  const client = await RawClient.connect(server.port);
  client.socket.write('GET /events HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
  await streamsAre(server, 3);
  client.socket.destroy();
  await streamsAre(server, 0);
});

test('requests that are no subscription open no stream', async () => {
  const server = await runningServer();
  for (const method of ['HEAD', 'OPTIONS', 'PUT']) await fetch(`${server.url}/events`, { method });
  await fetch(`${server.url}/usage/stream?hours=x`);
  expect(await health(server)).toMatchObject({ activeConnections: 0, errorCount: 0 });
});

test('past the limit a stream is refused with 503 and a time to come back, and the old ones go on', async () => {
  const server = await runningServer({ maxStreams: 2 });
  const readers = await Promise.all(['/events', '/events'].map((path) => EventReader.open(server.url + path)));
  const refusals = await Promise.all(Array.from({ length: 30 }, () => fetch(`${server.url}/usage/stream`)));
  const waits = refusals.map(({ headers }) => Number(headers.get('retry-after')));
  expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([503]));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...waits)).toBeLessThanOrEqual(15);
  expect(new Set(waits).size).toBeGreaterThan(1);
  expect(await refusals[0]?.json()).toEqual({ error: 'too many streams are open' });
  await publishAll(server, ['x']);
  for (const reader of readers) expect(await reader.hasEvents(1)).toMatchObject([{ data: 'x' }]);
  readers[0]?.leave();
  await streamsAre(server, 1);
  const next = await EventReader.open(`${server.url}/events`);
  expect(next.response.status).toBe(200);
  readers[1]?.leave();
  next.leave();
});

test('a stream resumed with the id of any event gets exactly what followed it', async () => {
  const server = await runningServer();
  const all = Array.from({ length: 30 }, (_, index) => `${index}`);
  const reader = await EventReader.open(`${server.url}/events`);
  await publishAll(server, all.slice(0, 20));
  await reader.hasEvents(20);
  const ids = reader.events.map(({ id }) => id ?? '');
  expect(new Set(ids).size).toBe(20);
  const resumed = await Promise.all(ids.map((id) => EventReader.resume(`${server.url}/events`, id)));
  await publishAll(server, all.slice(20));
  for (const [index, each] of resumed.entries()) {
    await each.hasEvents(30 - index - 1);
    expect(each.data).toEqual(all.slice(index + 1));
    each.leave();
  }
  reader.leave();
});

test('a reader that reconnects again and again while events are published sees each of them once', async () => {
  const server = await runningServer();
  const total = 400;
  const seen: string[] = [];
  let lastId: string | undefined;
  await publishAll(server, ['first']);
  const first = await EventReader.open(`${server.url}/events`);
  const publishing = publishAll(
    server,
    Array.from({ length: total }, (_, index) => `${index}`),
  );
  let reader = first;
  while (seen.length < total) {
    await reader.hasEvents(1);
    reader.leave();
    for (const { id, data } of reader.events) {
      seen.push(data);
      lastId = id;
    }
    if (seen.length < total) reader = await EventReader.resume(`${server.url}/events`, lastId ?? '');
  }
  await publishing;
  expect(seen).toEqual(Array.from({ length: total }, (_, index) => `${index}`));
});

test.each(['é日本', '😀', '0', 'a b', '%41', 'ÿ'])(
  'an id of the publisher, %j, comes back through the header',
  async (id) => {
    const server = await runningServer();
    await post(`${server.url}/events`, { data: 'seen', id });
    await publishAll(server, ['missed']);
    const reader = await EventReader.resume(`${server.url}/events`, id);
    await reader.hasEvents(1);
    expect(reader.data).toEqual(['missed']);
    reader.leave();
  },
);

test.each(['/events', '/usage/stream'])(
  'on %s the first connection names its id in the query, and the header wins',
  async (path) => {
    const server = await runningServer();
    const publish = (id: number) =>
      path === '/events'
        ? post(`${server.url}/events`, { data: `${id}` })
        : post(`${server.url}/usage`, { id, creditsUsed: 1, createdAt: new Date().toISOString() });
    const follows = await EventReader.open(server.url + path);
    for (const id of [1, 2, 3]) await publish(id);
    const ids = async () => follows.events.flatMap(({ id }) => id ?? []);
    await expect.poll(async () => (await ids()).length).toBe(3);
    const [first = '', second = ''] = await ids();
    const open = (query: string, headers = {}) =>
      EventReader.open(`${server.url}${path}?lastEventId=${query}`, headers);
    const byQuery = await open(encodeURIComponent(first));
    const byHeader = await open(encodeURIComponent(first), { 'Last-Event-ID': second });
    const byNone = await open('');
    const byUnknown = await open('%00%0d%0adata:%20injected%0a%0a');
    await publish(4);
    const seenBy = async (reader: EventReader) => {
      await expect.poll(() => reader.events.at(-1)?.id).toBe((await ids()).at(-1));
      reader.leave();
      return reader.events.flatMap(({ event = '', data }) => (event === 'connected' ? [] : data));
    };
    await expect.poll(async () => (await ids()).length).toBe(4);
    const all = follows.events.slice(-4).map(({ data }) => data);
    expect(await seenBy(byQuery)).toEqual(all.slice(1));
    expect(await seenBy(byHeader)).toEqual(all.slice(2));
    expect((await seenBy(byNone)).at(-1)).toBe(all[3]);
    expect(byNone.events.some(({ event }) => event === 'reset')).toBe(false);
    await seenBy(byUnknown);
    expect(byUnknown.events.some(({ event }) => event === 'reset')).toBe(true);
    expect((await fetch(`${server.url}${path}?lastEventId=1&lastEventId=2`)).status).toBe(400);
    follows.leave();
  },
);

test('an unknown id gets a reset event without id, then what is published', async () => {
  const server = await runningServer();
  await publishAll(server, ['before']);
  const reader = await EventReader.resume(`${server.url}/events`, 'nobody-knows');
  await publishAll(server, ['after']);
  await reader.hasEvents(2);
  expect(reader.events).toMatchObject([{ event: 'reset', data: '{"status":"reset"}' }, { data: 'after' }]);
  expect(reader.events[0]?.id).toBeUndefined();
  reader.leave();
});

test('an empty Last-Event-ID is none', async () => {
  const { port } = await runningServer();
  const client = await RawClient.send(port, 'GET /events HTTP/1.1', 'Host: a', 'LAST-EVENT-ID:   ');
  await client.has(': open');
  expect(client.received).not.toContain('reset');
  client.socket.destroy();
});

test('an idle stream gets a heartbeat that is a comment', async () => {
  const clock = new ManualClock();
  const { url } = await runningServer({ clock, heartbeatMs: 15_000 });
  const reader = await EventReader.open(`${url}/events`);
  await expect.poll(() => reader.comments).toEqual(['open']);
  clock.advance(15_000);
  await expect.poll(() => reader.comments).toEqual(['open', '']);
  expect(reader.events).toEqual([]);
  reader.leave();
});

test('a reader that stalls loses events beyond its queue, whole ones; the others and the publisher go on', async () => {
  const server = await runningServer({ queueEvents: 4, replayEvents: 2 });
  const stalled = await RawClient.open(server.port, '/events');
  stalled.socket.pause();
  const healthy = await EventReader.open(`${server.url}/events`);
  const data = (index: number): string => `<${index}>${'x'.repeat(512 * 1024)}</${index}>`;
  const total = 40;
  for (let index = 0; index < total; index += 1) {
    await publishAll(server, [data(index)]);
    await healthy.hasEvents(index + 1);
  }
  const dropped = (await health(server)).droppedMessages as number;
  expect(dropped).toBeGreaterThan(0);
  expect(healthy.data).toEqual(Array.from({ length: total }, (_, index) => data(index)));
  healthy.leave();
  stalled.socket.resume();
  await streamsAre(server, 1);
  await expect.poll(() => [...stalled.received.matchAll(/<\/\d+>/g)].length, { timeout: 5000 }).toBe(total - dropped);
  await publishAll(server, ['last']);
  await stalled.has('data: last\n\n');
  const frames = [...stalled.received.matchAll(/<(\d+)>x*<\/(\d+)>/g)].map(([, opens, closes]) => [opens, closes]);
  expect(frames.map(([opens]) => opens)).toEqual(Array.from({ length: total - dropped }, (_, index) => `${index}`));
  expect(frames.every(([opens, closes]) => opens === closes)).toBe(true);
  stalled.socket.destroy();
});

test('what a stalled reader holds does not grow with what is published', async () => {
  const server = await runningServer({ replayEvents: 1 });
  const stalled = await RawClient.open(server.port, '/events');
  stalled.socket.pause();
  const data = 'x'.repeat(1024 * 1024 - 100);
  const publishMiB = (count: number) => publishAll(server, Array(count).fill(data));
  // What is garbage already would count as held; some of it is freed a moment after the collection.
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heldBytes = (): number => {
    collectGarbage();
    const { external, arrayBuffers } = process.memoryUsage();
    return Math.max(external, arrayBuffers);
  };
  await publishMiB(50);
  expect((await health(server)).droppedMessages).toBeGreaterThan(0);
  const before = heldBytes();
  await publishMiB(60);
  await expect.poll(heldBytes, { timeout: 5000 }).toBeLessThan(before + 32 * 1024 * 1024);
  stalled.socket.resetAndDestroy();
  await streamsAre(server, 0);
});

test('a stalled reader that half-closes is forgotten, and its connection closed', async () => {
  // With this clock the shutdown has no deadline: it ends only if no connection is left.
  const server = await runningServer({ clock: new ManualClock() });
  const stalled = await RawClient.open(server.port, '/events');
  stalled.socket.pause();
  const data = 'x'.repeat(1024 * 1024 - 100);
  for (let sent = 0; sent < 30; sent += 1) await publishAll(server, [data]);
  stalled.socket.end();
  await streamsAre(server, 0);
  await server.close();
  stalled.socket.destroy();
});

test('a client that leaves while a handler still waits gets no subscription', async () => {
  const handled = Promise.withResolvers<unknown>();
  const app = createServer(async (request, response) => {
    client.socket.destroy();
    await once(request.socket, 'close');
    const subscribe = (): never => {
      throw new Error('subscribed for a client that left');
    };
    handled.resolve(streamResponse(request, response, { subscribe }));
  });
  onTestFinished(() => void app.close());
  await once(app.listen(0, '127.0.0.1'), 'listening');
  const client = await RawClient.connect((app.address() as AddressInfo).port);
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await handled.promise).toBeUndefined();
});

test('a reader that takes nothing for the stall time is cut', async () => {
  const clock = new ManualClock();
  const server = await runningServer({ clock, heartbeatMs: 1000, stallMs: 5000 });
  const stalled = await RawClient.open(server.port, '/events');
  stalled.socket.pause();
  const data = 'x'.repeat(1024 * 1024 - 100);
  for (let sent = 0; sent < 30; sent += 1) await publishAll(server, [data]);
  clock.advance(5000);
  await streamsAre(server, 1);
  clock.advance(2000);
  await streamsAre(server, 0);
  stalled.socket.resume();
  await stalled.isClosed();
});
