import { expect, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { EventReader } from '../../testing/event-reader.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { health, post, runningServer } from '../../testing/running-server.ts';

/** The status of a raw answer, and its JSON. */
function answerOf({ received }: RawClient): [number, unknown] {
  const [head = '', body = ''] = received.split('\r\n\r\n');
  return [Number(head.split(' ')[1]), JSON.parse(body)];
}

const error = { error: expect.any(String) };

test.each(['GET /events HTTP/1.1', 'GET /health HTTP/1.1'])(
  '%s with a head beyond 16 KiB is refused with 431 as JSON, in one piece or in many',
  async (line) => {
    const { port } = await runningServer();
    const large = `Cookie: ${'x'.repeat(17 * 1024)}`;
    const whole = await RawClient.send(port, line, 'Host: a', large);
    const pieces = await RawClient.connect(port);
    for (const piece of [`${line}\r\nHost: a\r\n`, large]) pieces.socket.write(piece);
    for (const client of [whole, pieces]) {
      await client.isClosed();
      expect(answerOf(client)).toEqual([431, { error: 'the head is larger than 16384 bytes' }]);
    }
  },
);

test('a head that is too long for a short cut is answered by the routes', async () => {
  const { port } = await runningServer();
  const client = await RawClient.send(port, 'GET /events HTTP/1.1', 'Host: a', `Cookie: ${'x'.repeat(8000)}`);
  await client.has(': open');
  client.socket.destroy();
});

test.each(['GET /events\x00 HTTP/1.1', 'nonsense', 'GET /events HTTP/9.9', '\x16\x03\x01'])(
  '%j is no request, and refused as JSON',
  async (line) => {
    const { port } = await runningServer();
    const client = await RawClient.send(port, line);
    await client.isClosed();
    expect(answerOf(client)).toEqual([400, { error: 'this is no HTTP request' }]);
  },
);

test('what is no request behind that of a stream breaks nothing into the stream', async () => {
  const { port } = await runningServer();
  const client = await RawClient.open(port, '/events?x=1');
  client.socket.write('nonsense\r\n\r\n');
  await client.isClosed();
  expect(client.received.split('\r\n\r\n')[1]).toBe('7\r\n: open\n\r\n');
});

test.each(['/events', '/usage'])(
  'a body of %s beyond its limit is refused with 413, however it comes',
  async (path) => {
    const server = await runningServer({ maxEventBytes: 1024 });
    const limit = path === '/events' ? 6 * 1024 + 16 * 1024 : 1024 * 1024;
    const head = [`POST ${path} HTTP/1.1`, 'Host: a', 'Content-Type: application/json', 'Connection: close'];
    const announced = await RawClient.send(server.port, ...head, `Content-Length: ${limit + 1}`);
    const chunked = await RawClient.send(server.port, ...head, 'Transfer-Encoding: chunked');
    chunked.socket.write(`${(limit + 1).toString(16)}\r\n${' '.repeat(limit + 1)}\r\n`);
    for (const client of [announced, chunked]) {
      await client.has('\r\n\r\n');
      await client.isClosed();
      expect(answerOf(client)).toEqual([413, error]);
    }
  },
);

test('an event beyond the limit that is set is refused with 413 and the limit', async () => {
  const { url } = await runningServer({ maxEventBytes: 2000 });
  expect((await post(`${url}/events`, { data: 'x'.repeat(1900) })).status).toBe(202);
  const answer = await post(`${url}/events`, { data: 'x'.repeat(2000) });
  expect([answer.status, await answer.json()]).toEqual([
    413,
    { error: expect.stringMatching(/at most 2000 bytes$/), field: 'data' },
  ]);
});

test('events beyond the rate are refused with 429 and the time to wait, after which they pass', async () => {
  const clock = new ManualClock();
  const { url } = await runningServer({ clock, publishRate: 20 });
  const publish = async () => (await post(`${url}/events`, { data: 'x' })).status;
  for (let count = 0; count < 20; count += 1) expect(await publish()).toBe(202);
  const answer = await post(`${url}/events`, { data: 'x' });
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([429, '1', error]);
  clock.advance(50);
  expect([await publish(), await publish()]).toEqual([202, 429]);
});

test('records count as the events that they make', async () => {
  const clock = new ManualClock();
  const { url } = await runningServer({ clock, publishRate: 2 });
  const record = { id: 1, creditsUsed: 1, createdAt: '2026-01-01T00:00:00Z' };
  const publish = (count: number) => post(`${url}/usage`, Array(count).fill(record));
  expect((await publish(801)).status).toBe(202);
  const refused = await publish(101);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect((await publish(100)).status).toBe(202);
  const much = await publish(1000);
  expect([much.status, much.headers.get('retry-after')]).toEqual([429, '5']);
  clock.advance(5000);
  expect((await publish(1000)).status).toBe(202);
});

test('what is refused for other reasons does not count against the rate', async () => {
  const { url } = await runningServer({ clock: new ManualClock(), publishRate: 1 });
  for (let count = 0; count < 20; count += 1) expect((await post(`${url}/events`, {})).status).toBe(400);
  for (let count = 0; count < 10; count += 1) expect((await post(`${url}/events`, { data: 'x' })).status).toBe(202);
  expect((await post(`${url}/events`, { data: 'x' })).status).toBe(429);
});

test.each(['/events', '/usage'])('without the token %s is answered 401 before the body is read', async (path) => {
  const { url, port } = await runningServer({ publishToken: 'abc' });
  const head = [`POST ${path} HTTP/1.1`, 'Host: a', 'Content-Type: application/json', 'Content-Length: 100'];
  const missing = await RawClient.send(port, ...head);
  await missing.has('}');
  expect(answerOf(missing)).toEqual([401, error]);
  expect(missing.received).toMatch(/^www-authenticate: Bearer realm="publish"\r$/im);
  missing.socket.destroy();
  const wrong = await RawClient.send(port, ...head, 'Authorization: Bearer abd');
  await wrong.has('}');
  expect(answerOf(wrong)).toEqual([401, error]);
  expect(wrong.received).toMatch(/^www-authenticate: Bearer realm="publish", error="invalid_token"\r$/im);
  wrong.socket.destroy();
  const body = { '/events': { data: 'x' }, '/usage': { id: 1, creditsUsed: 1, createdAt: '2026-01-01T00:00:00Z' } }[
    path
  ];
  const right = await fetch(url + path, {
    method: 'POST',
    headers: { Authorization: 'Bearer abc', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(right.status).toBe(202);
});

test('reading needs no token', async () => {
  const server = await runningServer({ publishToken: 'abc' });
  for (const path of ['/events', '/usage/stream', '/health', '/metrics']) {
    expect((await fetch(server.url + path, { method: 'HEAD' })).status).toBe(200);
  }
  const reader = await EventReader.open(`${server.url}/events`);
  expect(reader.response.status).toBe(200);
  reader.leave();
});

/** Sends a byte every few milliseconds for as long as the connection takes them. */
function dribble({ socket }: RawClient, bytes: string): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || sent === bytes.length) clearInterval(timer);
    else socket.write(bytes.charAt(sent));
    sent += 1;
  }, 20);
  socket.on('close', () => clearInterval(timer));
}

test('clients that say nothing or take their time with a head are cut, while streams and others go on', async () => {
  const server = await runningServer({ headerMs: 300 });
  const streams = await Promise.all(['/events', '/events?x=1'].map((path) => RawClient.open(server.port, path)));
  const [silent, slow, stuck] = await Promise.all([1, 2, 3].map(() => RawClient.connect(server.port)));
  dribble(slow as RawClient, `GET /events HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(5000)}`);
  stuck?.socket.write('GET /events HTTP/1.1\r\nHost: a\r\n');
  for (const client of [silent, slow, stuck] as RawClient[]) {
    await client.isClosed();
    expect(answerOf(client)).toEqual([408, { error: 'the request took too long' }]);
  }
  await post(`${server.url}/events`, { data: 'still here' });
  for (const stream of streams) {
    await stream.has('data: still here\n\n');
    stream.socket.destroy();
  }
  expect((await health(server)).errorCount).toBe(0);
});
