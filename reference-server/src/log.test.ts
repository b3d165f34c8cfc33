import { expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { EventReader } from '../testing/event-reader.ts';
import { post, runningServer } from '../testing/running-server.ts';
import type { ServerOptions } from './server.ts';

/** A server whose log is kept, as the objects that its lines are. */
async function loggingServer(options: ServerOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const logTo = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, server: await runningServer({ logLevel: 'info', logTo, ...options }) };
}

test.each([
  ['straight from the socket', {}],
  ['through the routes', { 'X-Unknown': '1' }],
])('a stream %s is told of when it opens and when it closes', async (_, headers) => {
  const clock = new ManualClock();
  const { lines, server } = await loggingServer({ clock });
  const usage = await EventReader.open(`${server.url}/usage/stream?hours=3`, { ...headers, 'User-Agent': 'one' });
  await usage.hasEvents(1);
  const events = await EventReader.open(`${server.url}/events`, { ...headers, 'User-Agent': 'two' });
  await post(`${server.url}/events`, { data: 'x' });
  await events.hasEvents(1);
  clock.advance(1500);
  usage.leave();
  await expect.poll(() => lines.length).toBe(3);
  await server.close();
  const [one, two] = [
    { channel: 'usage', client: '127.0.0.1', userAgent: 'one', hours: 3 },
    { channel: 'events', client: '127.0.0.1', userAgent: 'two' },
  ];
  expect(lines).toMatchObject([
    { msg: 'stream opened', ...one },
    { msg: 'stream opened', ...two },
    { msg: 'stream closed', ...one, reason: 'client left', durationMs: 1500, sentEvents: 1, droppedEvents: 0 },
    { msg: 'stream closed', ...two, reason: 'shutdown', durationMs: 1500, sentEvents: 1, droppedEvents: 0 },
  ]);
});

test('what is hostile in a user agent stays within its line', async () => {
  const written: string[] = [];
  const { url } = await runningServer({ logLevel: 'info', logTo: { write: (line) => void written.push(line) } });
  const userAgent = 'a"},{"level":60\\ \u00ff\u0085';
  for (const path of ['/events', '/events?x=1']) {
    const reader = await EventReader.open(url + path, { 'User-Agent': userAgent });
    reader.leave();
  }
  await expect.poll(() => written.length).toBe(4);
  for (const line of written) {
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({ userAgent });
  }
});

test('a publication that is refused is told at debug, with the reason and without the token', async () => {
  const options = { publishToken: 'right-token', publishRate: 1, maxEventBytes: 1024, clock: new ManualClock() };
  const { lines, server } = await loggingServer({ logLevel: 'debug', ...options });
  const send = (path: string, body: unknown, token = 'right-token') =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  await send('/events', { data: 'x' }, 'wrong-token');
  await send('/events', { data: 'x'.repeat(2000) });
  await send('/usage', { id: 1 });
  for (let count = 0; count < 11; count += 1) await send('/events', { data: 'x' });
  const refusals = lines.filter(({ msg }) => msg === 'publish refused');
  expect(refusals).toMatchObject([
    { level: 20, client: '127.0.0.1', path: '/events', status: 401 },
    { path: '/events', status: 413, field: 'data' },
    { path: '/usage', status: 400, field: 'creditsUsed' },
    { path: '/events', status: 429 },
    { path: '/events', status: 429 },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/(right|wrong)-token/);
});

test.each([
  ['info', 2],
  ['silent', 0],
] as const)('at %s the log has %i lines of a stream and a publication that is refused', async (logLevel, count) => {
  const { lines, server } = await loggingServer({ logLevel });
  const reader = await EventReader.open(`${server.url}/events`);
  await post(`${server.url}/events`, {});
  reader.leave();
  await server.close();
  expect(lines).toHaveLength(count);
});
