import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EventStream } from './event-stream.ts';
import type { Problem } from './problem.ts';

/** Faults that only a real connection has: each is played by a server that writes bytes, to the platform's `fetch`. */
async function play(...scripts: ((socket: Socket, url: string) => void)[]) {
  const requests: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      requests.push(bytes.toString('latin1'));
      scripts[requests.length - 1]?.(socket, url);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const stream = new EventStream(`${url}/stream`, { reconnect: { initial: 1, max: 5 } });
  const data: string[] = [];
  const problems: Problem['kind'][] = [];
  stream.addEventListener('message', (event) => data.push(event.data));
  stream.addEventListener('error', (event) => 'problem' in event && problems.push(event.problem.kind));
  onTestFinished(() => {
    stream.close();
    server.close();
  });
  return { stream, requests, data, problems };
}

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
const chunked = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const lastEventId = (request = ''): string | undefined => /^last-event-id: (.*)$/im.exec(request)?.[1]?.trim();
const stays = (socket: Socket): boolean => socket.write(`${head}\r\ndata: ok\n\n`);

test.each<[string, (socket: Socket) => void]>([
  [
    'is reset',
    (socket) => socket.write(`${head}\r\nid: 5\ndata: a\n\n`, () => setImmediate(() => socket.resetAndDestroy())),
  ],
  [
    'ends inside a chunk',
    (socket) => socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n${chunked('id: 5\ndata: a\n\n')}40\r\nid`),
  ],
  ['is shorter than its length', (socket) => socket.end(`${head}Content-Length: 500\r\n\r\nid: 5\ndata: a\n\nid: 6\n`)],
  [
    'ends as it should',
    (socket) => socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n${chunked('id: 5\n\ndata: a\n\n')}0\r\n\r\n`),
  ],
])('a stream whose response %s goes on from its last event', async (_, first) => {
  const { requests, data, problems } = await play(first, (socket) => socket.resetAndDestroy(), stays);
  await expect.poll(() => data).toContain('ok');
  // A reset may overtake the bytes before it.
  expect(lastEventId(requests[2])).toBe(data.includes('a') ? '5' : undefined);
  expect(problems[1]).toBe('network');
});

test('a stream follows redirects, and reports the origin where it ended', async () => {
  const { stream, data, requests } = await play(
    (socket, url) =>
      socket.end(`HTTP/1.1 307 R\r\nLocation: ${url.replace('127.0.0.1', 'localhost')}/b\r\nContent-Length: 0\r\n\r\n`),
    stays,
  );
  const origins: string[] = [];
  stream.addEventListener('message', ({ origin }) => origins.push(origin));
  await expect.poll(() => data).toEqual(['ok']);
  expect(requests[1]).toMatch(/^GET \/b /);
  expect(origins[0]).toMatch(/^http:\/\/localhost:/);
  expect(stream.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/stream$/);
});

test.each([
  ['a\u0001b', undefined],
  ['a\u007fb', undefined],
  ['a\tb', 'a\tb'],
  ['日本', Buffer.from('日本').toString('latin1')],
  ['x\u560d\u560aX-Injected: 1', Buffer.from('x\u560d\u560aX-Injected: 1').toString('latin1')],
])('after the ID %j the header is %j, and no ID ends reconnection', async (id, sent) => {
  const { requests, data } = await play((socket) => socket.end(`${head}\r\nid: ${id}\ndata: a\n\n`), stays);
  await expect.poll(() => data).toEqual(['a', 'ok']);
  expect(lastEventId(requests[1])).toBe(sent);
  expect(requests[1]).not.toMatch(/^X-Injected/m);
});

test('a refused response is let go of, though its body never ends', async () => {
  let closed = false;
  const { stream } = await play((socket) => {
    socket.on('close', () => {
      closed = true;
    });
    socket.write('HTTP/1.1 404 Not Found\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n');
  });
  await expect.poll(() => [stream.state.name, closed]).toEqual(['closed', true]);
});
