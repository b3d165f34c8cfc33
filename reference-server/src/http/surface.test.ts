import { expect, test } from 'vitest';
import { EventReader } from '../../testing/event-reader.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { health, post, runningServer } from '../../testing/running-server.ts';

const streams = ['/events', '/usage/stream'];

test.each(streams)('%s answers with an event stream that nobody may store, change or hold back', async (path) => {
  const { url } = await runningServer();
  const reader = await EventReader.open(url + path);
  expect(reader.response.status).toBe(200);
  expect(Object.fromEntries(reader.response.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  expect(reader.response.headers.has('content-length')).toBe(false);
  reader.leave();
});

test.each(streams)('HEAD on %s is answered at once like GET, without a body and without a stream', async (path) => {
  const server = await runningServer();
  const answer = await fetch(server.url + path, { method: 'HEAD' });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(answer.headers.get('cache-control')).toBe('no-store, no-transform');
  const raw = await RawClient.send(server.port, `HEAD ${path} HTTP/1.1`, 'Host: a', 'Connection: close');
  await raw.isClosed();
  expect(raw.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(raw.received).toMatch(/\r\n\r\n$/);
  expect(await health(server)).toMatchObject({ activeConnections: 0 });
});

test.each([
  ['PUT', '/events', 'GET, HEAD, POST, OPTIONS'],
  ['DELETE', '/events?x=1', 'GET, HEAD, POST, OPTIONS'],
  ['PATCH', '/usage/stream', 'GET, HEAD, OPTIONS'],
  ['POST', '/usage/stream', 'GET, HEAD, OPTIONS'],
  ['GET', '/usage', 'POST, OPTIONS'],
  ['PROPFIND', '/health', 'GET, HEAD, OPTIONS'],
  ['POST', '/metrics', 'GET, HEAD, OPTIONS'],
])('%s %s is answered 405 with the methods that are allowed', async (method, path, allowed) => {
  const { url } = await runningServer();
  const body = method === 'GET' ? null : 'some text';
  const answer = await fetch(url + path, { method, body });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe(allowed);
  expect(await answer.json()).toEqual({ error: `this path takes ${allowed}` });
});

test.each(['/', '/event', '/events/', '/usage/stream/x', '/.env'])('%s is answered 404 as JSON', async (path) => {
  const { url } = await runningServer();
  const answer = await fetch(url + path);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({ error: 'there is nothing at this path' });
});

test('the generic channel is not there unless it is opened', async () => {
  const { url } = await runningServer({ events: false });
  expect((await fetch(`${url}/events`)).status).toBe(404);
  expect((await post(`${url}/events`, { data: 'x' })).status).toBe(404);
});

test.each(['', 'one', '1.5', '1e3', '+1', ' 1', '0x1', '1\u0000', '1\n'])(
  'hours=%j is refused before the stream begins',
  async (hours) => {
    const server = await runningServer();
    const answer = await fetch(`${server.url}/usage/stream?hours=${encodeURIComponent(hours)}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.json()).toEqual({ error: 'hours: give a whole number of hours', field: 'hours' });
  },
);

test.each(['', '?hours=0', '?hours=-5', '?hours=1', `?hours=${'9'.repeat(400)}`, '?other=1'])(
  'the stream opens with %s',
  async (query) => {
    const { url } = await runningServer();
    const reader = await EventReader.open(`${url}/usage/stream${query}`);
    expect(await reader.hasEvents(1)).toMatchObject([{ event: 'connected', data: '{"status":"connected"}' }]);
    reader.leave();
  },
);

test('hours given twice are refused', async () => {
  const { url } = await runningServer();
  const answer = await fetch(`${url}/usage/stream?hours=1&hours=2`);
  expect([answer.status, await answer.json()]).toMatchObject([400, { field: 'hours' }]);
});

test.each([undefined, '*/*', 'text/*', 'text/event-stream', 'application/json', 'text/event-stream;q=0'])(
  'Accept: %s is admitted',
  async (accept) => {
    const { port } = await runningServer();
    const lines = accept === undefined ? [] : [`Accept: ${accept}`];
    const client = await RawClient.send(port, 'GET /events HTTP/1.1', 'Host: a', ...lines);
    await client.has(': open');
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    client.socket.destroy();
  },
);

test('records that are posted come back live and as the initial data', async () => {
  const { url } = await runningServer();
  const live = await EventReader.open(`${url}/usage/stream`);
  await live.hasEvents(1);
  const createdAt = new Date().toISOString();
  const one = { id: 1, creditsUsed: 5, createdAt, model: 'large' };
  const old = { id: 2, creditsUsed: 6, createdAt: new Date(Date.now() - 7_200_000).toISOString(), model: '' };
  const posts = [await post(`${url}/usage`, one), await post(`${url}/usage`, [one, old])];
  expect(posts.map(({ status }) => status)).toEqual([202, 202]);
  expect(await posts[1]?.json()).toEqual({ accepted: 2 });
  await live.hasEvents(3);
  expect(live.data.slice(1).map((data) => JSON.parse(data))).toEqual([[one], [one]]);
  const late = await EventReader.open(`${url}/usage/stream?hours=3`);
  await late.hasEvents(2);
  const { model: _, ...oldAsShown } = old;
  expect(JSON.parse(late.data[1] ?? '')).toEqual([one, one, oldAsShown]);
  live.leave();
  late.leave();
});

const good = { id: 1, creditsUsed: 5, createdAt: '2026-01-01T00:00:00Z' };

test.each([
  ['id', { ...good, id: 1.5 }],
  ['creditsUsed', { ...good, creditsUsed: '5' }],
  ['createdAt', { ...good, createdAt: 'yesterday' }],
  ['createdAt', [good, { ...good, createdAt: '2026-01-01' }]],
  ['model', { ...good, model: 7 }],
  ['colour', { ...good, colour: 'red' }],
  ['id', { creditsUsed: 5, createdAt: good.createdAt }],
  [undefined, []],
  [undefined, Array.from({ length: 1001 }, () => good)],
  [undefined, 'text'],
])('POST /usage refuses a bad %s and stores nothing', async (field, body) => {
  const { url } = await runningServer();
  const answer = await post(`${url}/usage`, body);
  expect(answer.status).toBe(400);
  const content = (await answer.json()) as Record<string, unknown>;
  expect([content.field, typeof content.error]).toEqual([field, 'string']);
  const reader = await EventReader.open(`${url}/usage/stream?hours=1000000`);
  await reader.hasEvents(1);
  expect((await post(`${url}/usage`, { ...good, id: 99 })).status).toBe(202);
  await reader.hasEvents(2);
  expect(JSON.parse(reader.data[1] ?? '')).toEqual([{ ...good, id: 99 }]);
  reader.leave();
});

test('an event that is posted reaches every stream that is open, with its type, id and data as given', async () => {
  const { url } = await runningServer();
  const readers = await Promise.all([1, 2, 3].map(() => EventReader.open(`${url}/events`)));
  const answer = await post(`${url}/events`, { data: ' a\nb', event: 'é日本', id: 'ü', retry: 3000 });
  expect([answer.status, await answer.json()]).toEqual([202, { id: 'ü' }]);
  for (const reader of readers) {
    expect(await reader.hasEvents(1)).toEqual([{ data: ' a\nb', event: 'é日本', id: 'ü' }]);
    reader.leave();
  }
});

test.each([
  ['data', { data: 1 }, 400],
  ['data', {}, 400],
  ['data', { data: '\ud800' }, 400],
  ['event', { data: 'x', event: null }, 400],
  ['event', { data: 'x', event: 'a\nid: 1' }, 400],
  ['id', { data: 'x', id: 5 }, 400],
  ['id', { data: 'x', id: 'a\0b' }, 400],
  ['id', { data: 'x', id: 'used' }, 409],
  ['retry', { data: 'x', retry: '3000' }, 400],
  ['retry', { data: 'x', retry: -1 }, 400],
  ['colour', { data: 'x', colour: 'red' }, 400],
  ['data', { data: 'x'.repeat(1024 * 1024) }, 413],
  [undefined, ['x'], 400],
  [undefined, null, 400],
])('POST /events refuses a bad %s in %j', async (field, body, status) => {
  const { url } = await runningServer();
  const reader = await EventReader.open(`${url}/events`);
  await post(`${url}/events`, { data: 'first', id: 'used' });
  const answer = await post(`${url}/events`, body);
  expect(answer.status).toBe(status);
  const content = (await answer.json()) as Record<string, unknown>;
  expect([content.field, typeof content.error]).toEqual([field, 'string']);
  await post(`${url}/events`, { data: 'last' });
  await reader.hasEvents(2);
  expect(reader.data).toEqual(['first', 'last']);
  reader.leave();
});

test.each([
  ['{', 'application/json', 400],
  ['', 'application/json', 400],
  ['{"__proto__": {}, "data": "x"}', 'application/json', 400],
  ['data: x', 'text/plain', 415],
])('the body %j of type %s is refused, without a word of the inside', async (body, type, status) => {
  const { url } = await runningServer();
  const answer = await fetch(`${url}/events`, { method: 'POST', headers: { 'Content-Type': type }, body });
  expect(answer.status).toBe(status);
  const text = await answer.text();
  expect(Object.keys(JSON.parse(text))).toEqual(['error']);
  expect(text).not.toMatch(/node_modules|\.ts|\.js\b|FST_/);
});

test('an event of nearly 1 MiB passes even where JSON writes each byte as six', async () => {
  const { url } = await runningServer();
  const reader = await EventReader.open(`${url}/events`);
  const data = '\u0001'.repeat(1024 * 1024 - 100);
  expect((await post(`${url}/events`, { data })).status).toBe(202);
  await reader.hasEvents(1);
  expect(reader.data[0] === data).toBe(true);
  const tooLong = await post(`${url}/events`, { data: '\u0001'.repeat(1024 * 1024 + 10_000) });
  expect([tooLong.status, Object.keys((await tooLong.json()) as object)]).toMatchObject([413, ['error']]);
  reader.leave();
});

test('a path that is no URL is refused as JSON', async () => {
  const { port } = await runningServer();
  const client = await RawClient.send(port, 'GET /%zz HTTP/1.1', 'Host: a', 'Connection: close');
  await client.isClosed();
  expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(client.received.split('\r\n\r\n')[1] ?? '')).toEqual({ error: expect.any(String) });
});

test('a header beyond the limit is refused with 431 and the connection closed', async () => {
  const { port } = await runningServer();
  const client = await RawClient.send(port, 'GET /events HTTP/1.1', 'Host: a', `Last-Event-ID: ${'x'.repeat(20_000)}`);
  await client.isClosed();
  expect(client.received).toMatch(/^HTTP\/1\.1 431 /);
});

test.each(['\x00', '-1', '$', "' OR 1=1 --", '../../etc/passwd', '\xff\xfe', '9223372036854775808', 'NaN', '?x=1&y'])(
  'Last-Event-ID %j breaks nothing',
  async (id) => {
    const { port, url } = await runningServer();
    const hostile = await RawClient.send(port, 'GET /events HTTP/1.1', 'Host: a', `Last-Event-ID: ${id}`);
    await hostile.has('\r\n\r\n');
    expect(hostile.received).toMatch(/^HTTP\/1\.1 (200|400) /);
    hostile.socket.destroy();
    const reader = await EventReader.open(`${url}/events`);
    await post(`${url}/events`, { data: 'x' });
    await reader.hasEvents(1);
    reader.leave();
  },
);

test('HTTP/1.0 gets a stream that only the end of the connection delimits', async () => {
  const { port, url } = await runningServer();
  const client = await RawClient.send(port, 'GET /events HTTP/1.0', 'Connection: keep-alive');
  await client.has(': open\n');
  await post(`${url}/events`, { data: 'x', id: 'a' });
  await client.has('data: x\n\n');
  const [head, body] = client.received.split('\r\n\r\n');
  expect(head).not.toMatch(/transfer-encoding|content-length|keep-alive/i);
  expect(body).toBe(': open\nid: a\ndata: x\n\n');
  client.socket.destroy();
});

test('HTTP/1.1 gets whole frames in chunks that are well formed', async () => {
  const { port, url } = await runningServer();
  const client = await RawClient.open(port, '/events');
  await post(`${url}/events`, { data: 'x', id: 'a' });
  await client.has('data: x\n\n');
  expect(client.received.split('\r\n\r\n')[1]).toBe('7\r\n: open\n\r\nf\r\nid: a\ndata: x\n\n\r\n');
  client.socket.destroy();
});
