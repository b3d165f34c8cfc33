import { expect, test } from 'vitest';
import { EventReader } from '../../testing/event-reader.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { health, post, runningServer } from '../../testing/running-server.ts';
import { readPlainRequest } from './direct-listener.ts';

const head = (...lines: string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
const get = 'GET /events HTTP/1.1';

test('a plain subscription is read', () => {
  const bytes = head(
    'GET /usage/stream?hours=3 HTTP/1.1',
    'Host: a',
    'User-Agent: curl/8',
    'last-event-id: \t\xc3\xa9 1 ',
    'Accept-Encoding: gzip',
    'Sec-Fetch-Mode: cors',
    'Accept:',
  );
  expect(readPlainRequest(bytes)).toEqual({
    path: '/usage/stream',
    query: 'hours=3',
    userAgent: 'curl/8',
    lastEventId: '\xc3\xa9 1',
    acceptEncoding: 'gzip',
  });
});

test.each<[string, Buffer]>([
  ['another method', head('HEAD /events HTTP/1.1', 'Host: a')],
  ['another version', head('GET /events HTTP/1.0', 'Host: a')],
  ['an absolute target', head('GET http://a/events HTTP/1.1', 'Host: a')],
  ['no Host', head(get, 'Accept: */*')],
  ['an empty Host', head(get, 'Host:')],
  ['Host twice', head(get, 'Host: a', 'Host: b')],
  ['Last-Event-ID twice', head(get, 'Host: a', 'Last-Event-ID: 1', 'last-event-id: 2')],
  ['an origin', head(get, 'Host: a', 'Origin: https://a.example')],
  ['a body', head(get, 'Host: a', 'Content-Length: 1')],
  ['chunks', head(get, 'Host: a', 'Transfer-Encoding: chunked')],
  ['an expectation', head(get, 'Host: a', 'Expect: 100-continue')],
  ['an upgrade', head(get, 'Host: a', 'Connection: Upgrade')],
  ['a connection that shall close', head(get, 'Host: a', 'Connection: close')],
  ['a folded line', head(get, 'Host: a', ' b')],
  ['space before the colon', head(get, 'Host : a')],
  ['a control character', head(get, 'Host: a', 'User-Agent: a\x01b')],
  ['NUL', head(get, 'Host: a', 'Last-Event-ID: a\0b')],
  ['a bare LF', Buffer.from(`${get}\nHost: a\n\n`)],
  ['a bare LF in a line', head(get, 'Host: a\nX: b')],
  ['a bare CR in a line', head(get, 'Host: a\rX: b')],
  ['a part of a head', Buffer.from(`${get}\r\nHost: a\r\n`)],
  ['more behind the head', Buffer.concat([head(get, 'Host: a'), Buffer.from('x')])],
  ['two requests', Buffer.concat([head(get, 'Host: a'), head(get, 'Host: a')])],
  ['a long head', head(get, 'Host: a', `Accept: ${'x'.repeat(5000)}`)],
  ['nothing', Buffer.alloc(0)],
])('%s is not plain', (_, bytes) => {
  expect(readPlainRequest(bytes)).toBeUndefined();
});

/** Fields of a response by lower-case name, those left out that say when and how. */
function fieldsOf(response: string): Map<string, string> {
  const lines = response.split('\r\n\r\n')[0]?.split('\r\n').slice(1) ?? [];
  return new Map(
    lines
      .map(
        (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const,
      )
      .filter(([name]) => name !== 'date'),
  );
}

test.each([{}, { allowedOrigins: ['https://app.example'] }, { allowedOrigins: ['*'] }, { compress: true }])(
  'a stream has the same fields and first bytes straight from the socket as through the routes, with %j',
  async (options) => {
    const { port } = await runningServer(options);
    for (const [path, other] of [
      ['/events', '/events?x=1'],
      ['/usage/stream', '/usage/stream?hours=01'],
    ]) {
      const direct = await RawClient.send(port, `GET ${path} HTTP/1.1`, 'Host: a');
      // A query that only the route understands.
      const routed = await RawClient.send(port, `GET ${other} HTTP/1.1`, 'Host: a', 'X-Unknown: 1');
      await Promise.all([direct.has(': open'), routed.has(': open')]);
      expect(fieldsOf(direct.received)).toEqual(fieldsOf(routed.received));
      for (const { socket } of [direct, routed]) socket.destroy();
    }
  },
);

test.each([1, 2, 3, 7, 20])('a request that comes in pieces of %i bytes is answered all the same', async (size) => {
  const server = await runningServer();
  const request = head(get, 'Host: a');
  const client = await RawClient.connect(server.port);
  client.socket.setNoDelay(true);
  for (let at = 0; at < request.length; at += size) {
    client.socket.write(request.subarray(at, at + size));
    await new Promise(setImmediate);
  }
  await client.has(': open');
  await post(`${server.url}/events`, { data: 'hello' });
  await client.has('data: hello\n\n');
  client.socket.destroy();
});

test('what comes behind the request of a stream is not answered, and the stream goes on', async () => {
  const server = await runningServer();
  const client = await RawClient.open(server.port, '/events');
  client.socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
  await post(`${server.url}/events`, { data: 'hello' });
  await client.has('data: hello\n\n');
  expect(client.received.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect((await health(server)).activeConnections).toBe(1);
  client.socket.destroy();
});

test('a connection serves plain requests before and between others', async () => {
  const { port } = await runningServer();
  const client = await RawClient.send(port, 'GET /health HTTP/1.1', 'Host: a');
  await client.has('uptime');
  client.socket.write(head(get, 'Host: a'));
  await client.has(': open');
  client.socket.destroy();
});

test('a client that connects and leaves without a word leaves nothing behind', async () => {
  const server = await runningServer();
  const silent = await RawClient.connect(server.port);
  silent.socket.end();
  await silent.isClosed();
  const broken = await RawClient.connect(server.port);
  broken.socket.resetAndDestroy();
  expect((await health(server)).activeConnections).toBe(0);
});

test('a stream in gzip is whole to its end, and shows each event at once', async () => {
  const server = await runningServer({ compress: true });
  const plain = await EventReader.open(`${server.url}/events`, { 'Accept-Encoding': 'identity' });
  const readers = await Promise.all(
    ['/events', '/events?x=1'].map((path) => EventReader.open(server.url + path, { 'Accept-Encoding': 'gzip' })),
  );
  for (const [index, data] of ['a', 'é'.repeat(3000), ''].entries()) {
    await post(`${server.url}/events`, { data });
    for (const reader of [plain, ...readers]) await reader.hasEvents(index + 1);
  }
  expect(readers.map(({ response }) => response.headers.get('content-encoding'))).toEqual(['gzip', 'gzip']);
  expect(plain.response.headers.get('content-encoding')).toBeNull();
  expect(readers.map(({ data }) => data)).toEqual([plain.data, plain.data]);
  await server.close();
  // A wrong checksum, length or end would be an error of the response, not its end.
  await expect.poll(() => [plain, ...readers].map(({ ended }) => ended)).toEqual([true, true, true]);
});
