import { createServer, type ServerResponse } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EventReader } from '../../testing/event-reader.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { listening, streamsOf } from '../../testing/running-feed.ts';
import { createFeed, type Feed, type FeedOptions } from '../feed.ts';
import { type NodeStreamOptions, openStream } from './node.ts';

interface Served {
  readonly feed: Feed;
  readonly port: number;
  readonly url: string;
}

/** A server all of whose requests open a stream. */
async function served(
  options: FeedOptions = {},
  stream: NodeStreamOptions = {},
  prepare: (response: ServerResponse) => void = () => undefined,
): Promise<Served> {
  const feed = await createFeed(options);
  onTestFinished(() => feed.close());
  const server = createServer((request, response) => {
    prepare(response);
    openStream(feed, request, response, stream);
  });
  const port = await listening(server);
  return { feed, port, url: `http://127.0.0.1:${port}/` };
}

test('a GET opens a stream that gets what is published, and is forgotten when its client leaves', async () => {
  const { feed, url } = await served();
  const reader = await EventReader.open(url);
  expect(reader.response.headers.get('content-type')).toBe('text/event-stream');
  await feed.publish({ data: 'a\nb' });
  expect(await reader.hasEvents(1)).toMatchObject([{ data: 'a\nb' }]);
  reader.leave();
  await streamsOf(feed, 0);
});

test('a stream resumes behind the id of its header, or behind one that the handler names', async () => {
  const { feed, url } = await served();
  const id = await feed.publish({ data: 'seen' });
  await feed.publish({ data: 'missed' });
  const byHeader = await EventReader.resume(url, id);
  expect(await byHeader.hasEvents(1)).toMatchObject([{ data: 'missed' }]);
  byHeader.leave();
  const named = await served({}, { lastEventId: 'nobody-knows' });
  const byOption = await EventReader.open(named.url);
  expect(await byOption.hasEvents(1)).toMatchObject([{ event: 'reset' }]);
  byOption.leave();
});

test('HEAD gets the headers and opens no stream; other methods get 405', async () => {
  const { feed, url } = await served();
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const put = await fetch(url, { method: 'PUT' });
  expect([put.status, put.headers.get('allow'), await put.json()]).toEqual([
    405,
    'GET, HEAD',
    { error: 'this path takes GET and HEAD' },
  ]);
  expect(feed.openStreams).toBe(0);
});

test('a full feed answers 503 with a time to come back', async () => {
  const { feed, url } = await served({ maxStreams: 1, random: { next: () => 0.5 } });
  const reader = await EventReader.open(url);
  const refused = await fetch(url);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
  expect(await refused.json()).toEqual({ error: 'too many streams are open' });
  reader.leave();
  await streamsOf(feed, 0);
});

test('headers of the response and of the options are sent with the stream', async () => {
  const { feed, url } = await served(
    {},
    { headers: { 'X-Own': '1', Vary: 'Origin' }, compress: true },
    (response) => void response.setHeader('Access-Control-Allow-Origin', 'https://app.example'),
  );
  const { response, leave } = await EventReader.open(url).then((reader) => ({
    response: reader.response,
    leave: () => reader.leave(),
  }));
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'content-encoding': 'gzip',
    vary: 'Origin, Accept-Encoding',
    'x-own': '1',
  });
  leave();
  await streamsOf(feed, 0);
});

test('closing the feed ends its streams as HTTP does', async () => {
  const { feed, port } = await served();
  const client = await RawClient.open(port, '/');
  feed.close();
  await client.isClosed();
  expect(client.received.endsWith('\r\n0\r\n\r\n')).toBe(true);
  const late = await fetch(`http://127.0.0.1:${port}/`);
  expect(late.headers.get('content-type')).toBe('text/event-stream');
  expect(await late.text()).toMatch(/^retry: \d+000\n\n$/);
});

test('closing the feed cuts the reader that takes nothing, at the end of the time to stop', async () => {
  const connections: Socket[] = [];
  const { feed, port } = await served({ stopMs: 50 }, {}, ({ socket }) => void (socket && connections.push(socket)));
  const client = await RawClient.open(port, '/');
  client.socket.pause();
  // More than the kernel keeps for a reader on one machine.
  for (let n = 0; n < 20; n += 1) await feed.publish({ data: 'x'.repeat(1e6) });
  feed.close();
  await expect.poll(() => connections.map(({ destroyed }) => destroyed)).toEqual([true]);
  client.socket.destroy();
});

test('a signal of the options ends the stream as HTTP does, and the feed goes on', async () => {
  const controller = new AbortController();
  const { feed, port } = await served({}, { signal: controller.signal });
  const client = await RawClient.open(port, '/');
  controller.abort();
  await client.isClosed();
  expect(client.received.endsWith('\r\n0\r\n\r\n')).toBe(true);
  expect([feed.isClosed, feed.openStreams]).toEqual([false, 0]);
});

test('a handler is told once how its stream ended and what it got', async () => {
  const ends: unknown[] = [];
  const onLeave: NodeStreamOptions['onLeave'] = (reason, { sentEvents, droppedEvents }) =>
    ends.push({ reason, sentEvents, droppedEvents });
  const { feed, port } = await served({}, { onLeave });
  const client = await RawClient.open(port, '/');
  await feed.publish({ data: 'a' });
  await client.has('data: a');
  client.socket.resetAndDestroy();
  await streamsOf(feed, 0);
  expect(ends).toEqual([
    { reason: expect.stringMatching(/client left|connection error/), sentEvents: 1, droppedEvents: 0 },
  ]);
});

test('what a middleware makes of the body is what the client gets', async () => {
  const { feed, port } = await served({}, {}, (response) => {
    const write = response.write.bind(response) as (bytes: Uint8Array) => boolean;
    response.write = ((bytes: Uint8Array) => write(Buffer.from(Buffer.from(bytes).toString().toUpperCase()))) as never;
  });
  const client = await RawClient.send(port, 'GET / HTTP/1.1', 'Host: a');
  await client.has(': OPEN');
  await feed.publish({ data: 'a', id: 'b' });
  await client.has('ID: B\nDATA: A\n\n');
  client.socket.destroy();
  await streamsOf(feed, 0);
});

test('listeners that a framework has on request and response are left in place', async () => {
  const closed = Promise.withResolvers<void>();
  const { port } = await served({}, {}, (response) => void response.on('close', closed.resolve));
  const client = await RawClient.open(port, '/');
  client.socket.destroy();
  await closed.promise;
});

test('HTTP/2 streams are streams like others', async () => {
  const feed = await createFeed();
  const port = await listening(createHttp2Server((request, response) => openStream(feed, request, response)));
  const session = connect(`http://127.0.0.1:${port}`);
  const [stream, head] = [session.request({ ':path': '/' }), session.request({ ':path': '/', ':method': 'HEAD' })];
  let received = '';
  stream.setEncoding('utf8').on('data', (text) => {
    received += text;
  });
  await streamsOf(feed, 1);
  await feed.publish({ data: 'a', id: '1' });
  await expect.poll(() => received).toBe(': open\nid: 1\ndata: a\n\n');
  head.resume();
  stream.close();
  await streamsOf(feed, 0);
  session.destroy();
});
