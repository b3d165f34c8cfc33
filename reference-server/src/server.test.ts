import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SettingError } from '@ssert/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { EventReader } from '../testing/event-reader.ts';
import { RawClient } from '../testing/raw-client.ts';
import { health, post, runningServer } from '../testing/running-server.ts';
import { type ReferenceServer, startReferenceServer } from './server.ts';
import { serverSettings } from './settings.ts';

test('tells where it listens, and answers there', async () => {
  const server = await runningServer({ events: false });
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  expect(await health(server)).toMatchObject({ status: 'ok', activeConnections: 0, totalMessages: 0 });
});

test('records that the program publishes come as those that are posted do', async () => {
  const server = await runningServer();
  const reader = await EventReader.open(`${server.url}/usage/stream`);
  await reader.hasEvents(1);
  const record = { id: 1, creditsUsed: 5, createdAt: new Date().toISOString(), model: 'a' };
  await server.publishUsage([record]);
  expect((await reader.hasEvents(2))[1]).toMatchObject({ event: 'usage', data: JSON.stringify([record]) });
  reader.leave();
});

test('a bad setting is refused by its name before anything listens', async () => {
  await expect(startReferenceServer({ heartbeatMs: 1 })).rejects.toThrow(SettingError);
});

test('a port that is taken is an error, and nothing is left running', async () => {
  const { port } = await runningServer();
  await expect(startReferenceServer({ port, logLevel: 'silent' })).rejects.toThrow(/EADDRINUSE/);
});

test('closing ends every stream behind whole frames, and refuses new connections', async () => {
  const server = await runningServer({ clock: new ManualClock() });
  const readers = await Promise.all(
    ['/events', '/events', '/usage/stream'].map((path) => EventReader.open(server.url + path)),
  );
  const raw = await RawClient.open(server.port, '/events');
  await post(`${server.url}/events`, { data: 'last' });
  await Promise.all([server.close(), server.close()]);
  await raw.isClosed();
  expect(raw.received).toMatch(/data: last\n\n\r\n0\r\n\r\n$/);
  await expect.poll(() => readers.map(({ ended }) => ended)).toEqual([true, true, true]);
  expect(readers.map(({ data }) => data.at(-1))).toEqual(['last', 'last', '{"status":"connected"}']);
  await expect(fetch(`${server.url}/health`)).rejects.toThrow();
});

test('closing while events are published ends each stream at a frame, with a prefix of what was sent', async () => {
  const server = await runningServer();
  const raw = await RawClient.open(server.port, '/events');
  const sent: string[] = [];
  const publishing = (async () => {
    for (let index = 0; index < 1000; index += 1) {
      sent.push(`${index}`);
      await post(`${server.url}/events`, { data: `${index}` });
    }
  })().catch(() => undefined);
  await raw.has('data: 20\n');
  await server.close();
  await publishing;
  await raw.isClosed();
  expect(raw.received).toMatch(/\n\n\r\n0\r\n\r\n$/);
  const received = [...raw.received.matchAll(/^data: (\d+)\n\n/gm)].map(([, number]) => number);
  expect(received).toEqual(sent.slice(0, received.length));
});

const defaultQueueEvents = serverSettings.queueEvents.default as number;
const unfinishedPost = ['POST /events HTTP/1.1', 'Host: a', 'Content-Type: application/json', 'Content-Length: 12'];

/** Streams to a reader that has stopped reading, until the server drops events for it. */
async function stall(server: ReferenceServer): Promise<RawClient> {
  const stalled = await RawClient.open(server.port, '/events');
  stalled.socket.pause();
  const data = 'x'.repeat(1024 * 1024 - 100);
  while ((await health(server)).droppedMessages === 0) await post(`${server.url}/events`, { data });
  return stalled;
}

test('closing waits for a slow reader to take all that was written for it', async () => {
  const server = await runningServer({ clock: new ManualClock() });
  const slow = await stall(server);
  const { totalMessages } = await health(server);
  const closed = server.close();
  slow.socket.resume();
  await closed;
  await slow.isClosed();
  expect(slow.received).toMatch(/x\n\n\r\n0\r\n\r\n$/);
  expect([...slow.received.matchAll(/^data: /gm)].length).toBe((totalMessages as number) + defaultQueueEvents);
});

test('closing does not wait for a reader that stalls beyond its deadline', async () => {
  const clock = new ManualClock();
  const server = await runningServer({ clock, stopMs: 5000 });
  const stalled = await stall(server);
  const unfinished = await RawClient.send(server.port, ...unfinishedPost);
  let isClosed = false;
  const closed = server.close().then(() => {
    isClosed = true;
  });
  await expect(fetch(server.url)).rejects.toThrow();
  clock.advance(4999);
  expect(isClosed).toBe(false);
  clock.advance(1);
  await closed;
  stalled.socket.resume();
  await Promise.all([stalled.isClosed(), unfinished.isClosed()]);
  expect(stalled.received).not.toMatch(/\r\n0\r\n\r\n$/);
});

/** What a request gets whose second half comes during the shutdown. */
async function askedLate(requestLine: string): Promise<readonly [head: string, body: string]> {
  const clock = new ManualClock();
  const server = await runningServer({ clock });
  const streams = await Promise.all(Array.from({ length: 11 }, () => RawClient.open(server.port, '/events')));
  const late = await RawClient.connect(server.port);
  late.socket.write(`${requestLine} HTTP/1.1\r\n`);
  // Answered on another connection, and so behind the bytes above.
  await health(server);
  const closed = server.close();
  late.socket.write('Host: a\r\n\r\n');
  await late.isClosed();
  clock.advance(10);
  await Promise.all([closed, ...streams.map((each) => each.isClosed())]);
  const [head = '', body = ''] = late.received.split('\r\n\r\n');
  return [head, body];
}

test.each(['/usage/stream', '/events'])(
  'who asks for the stream at %s during the shutdown gets one that ends, and a time to come back',
  async (path) => {
    const [head, body] = await askedLate(`GET ${path}`);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(head).toMatch(/^content-type: text\/event-stream\r$/im);
    expect(head).toMatch(/^cache-control: no-store, no-transform\r$/im);
    expect(head).toMatch(/^connection: close\r$/im);
    expect(body).toMatch(/^retry: ([5-9]|1\d)000\n\n$/);
  },
);

test.each([
  ['HEAD /events', undefined],
  ['GET /health', { status: 'stopping', activeConnections: 1 }],
  ['GET /nothing', { error: 'the server is shutting down' }],
])('%s during the shutdown is sent away, to come back later', async (requestLine, content) => {
  const [head, body] = await askedLate(requestLine);
  expect(head).toMatch(/^HTTP\/1\.1 503 /);
  expect(head).toMatch(/^retry-after: ([5-9]|1\d)\r$/im);
  expect(head).toMatch(/^connection: close\r$/im);
  if (content === undefined) expect(body).toBe('');
  else expect(JSON.parse(body)).toMatchObject(content);
});

test.each([{}, { compress: true }])(
  'streams end a few at a time, each behind whole frames and the end of its coding, with %j',
  async (options) => {
    const clock = new ManualClock();
    const server = await runningServer({ clock, stopMs: 5000, ...options });
    const headers = { 'Accept-Encoding': 'compress' in options ? 'gzip' : 'identity' };
    // Half of them straight from the socket, half through the routes.
    const paths = Array.from({ length: 30 }, (_, index) => (index % 2 ? '/events' : '/events?x=1'));
    const readers = await Promise.all(paths.map((path) => EventReader.open(server.url + path, headers)));
    await post(`${server.url}/events`, { data: 'last' });
    const closed = server.close();
    const ended = () => readers.filter((reader) => reader.ended).length;
    for (const count of [10, 20, 30]) {
      await expect.poll(ended, { timeout: 5000, interval: 5 }).toBe(count);
      clock.advance(10);
    }
    await closed;
    expect(readers.map(({ data }) => data)).toEqual(paths.map(() => ['last']));
  },
);

test('a client that connected and said nothing does not hold up the shutdown', async () => {
  const server = await runningServer({ clock: new ManualClock() });
  const silent = await RawClient.connect(server.port);
  await health(server);
  await server.close();
  await silent.isClosed();
});

test('a publish that was on its way when the shutdown began is answered, and its connection closed', async () => {
  const server = await runningServer({ clock: new ManualClock() });
  const late = await RawClient.send(server.port, ...unfinishedPost);
  await health(server);
  const closed = server.close();
  late.socket.write('{"data":"x"}');
  await Promise.all([closed, late.isClosed()]);
  expect(late.received).toMatch(/^HTTP\/1\.1 202 /);
});

test('the log goes to standard error unless it is told otherwise', async () => {
  const program = `
    import { startReferenceServer } from '@ssert/server';
    const server = await startReferenceServer({ events: true });
    process.stdout.write(server.url);
    process.on('SIGTERM', () => server.close());
  `;
  const args = ['--conditions=@ssert/source', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { cwd: import.meta.dirname });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  let logged = '';
  child.stdout.on('data', (bytes) => {
    printed += bytes;
  });
  child.stderr.on('data', (bytes) => {
    logged += bytes;
  });
  await expect.poll(() => printed, { timeout: 10_000 }).not.toBe('');
  const stays = await EventReader.open(`${printed}/events`);
  child.kill('SIGTERM');
  await once(child, 'close');
  await expect.poll(() => stays.ended).toBe(true);
  expect(printed).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const lines = logged.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.startsWith('stream'))).toMatchObject([
    { msg: 'stream opened' },
    { msg: 'stream closed', reason: 'shutdown', sentEvents: 0 },
  ]);
});
