import { describe, expect, test } from 'vitest';
import { serving } from '../../testing/serving.ts';
import { checkClosedLoop } from './autocannon.ts';
import { timeFiniteStreams } from './finite-streams.ts';
import { saturatePublish } from './saturate-publish.ts';

const { signal } = new AbortController();

function get(url: string) {
  return { url, method: 'GET', headers: {} };
}

const eventStream = { 'Content-Type': 'text/event-stream' };

describe.concurrent('a publish endpoint is saturated', () => {
  test('and every publish that the server took is counted', async () => {
    let taken = 0;
    await using server = await serving(async (request, response) => {
      if (Buffer.concat(await request.toArray()).toString() === 'hello') taken += 1;
      response.writeHead(taken % 10 === 0 ? 503 : 204).end();
    });
    const request = { url: server.url, method: 'POST', headers: {}, body: 'hello' };
    const found = await saturatePublish({ request, connections: 3, durationMs: 1000, signal });
    const { 204: accepted = 0, 503: refused = 0 } = found.statuses;
    expect(found.answers.count).toBe(accepted);
    expect(refused).toBeGreaterThan(0);
    // What was under way when it stopped has no answer.
    expect(taken - accepted - refused).toBeLessThanOrEqual(3);
    // This machine may be busy; then nothing is said.
    expect(found.publishesPerS).toBe(found.doubts.length > 0 ? null : accepted / found.seconds);
  });

  test('and where nobody listens it ends instead of asking thousands of times', async () => {
    let url: string;
    {
      await using server = await serving(() => undefined);
      url = server.url;
    }
    const found = await saturatePublish({ request: get(url), connections: 2, durationMs: 60_000, signal });
    expect(found).toMatchObject({ publishesPerS: null, statuses: {} });
    expect(found.errors).toBeGreaterThanOrEqual(2);
    expect(found.errors).toBeLessThan(100_000);
  });
});

describe.concurrent('finite streams', () => {
  test('are timed until the head, the first data and the end', async () => {
    await using server = await serving((_, response) => {
      response.writeHead(200, eventStream).write(': wait\n\n');
      setTimeout(() => response.write('data: a\n\n'), 50);
      setTimeout(() => response.end('data: b\n\n'), 100);
    });
    const options = { request: get(server.url), connections: 2, streams: 6, longestMs: 5000, signal };
    const { ended, cut, others, firstHead, firstEvent, total } = await timeFiniteStreams(options);
    expect({ ended, cut, others }).toEqual({ ended: 6, cut: 0, others: 0 });
    expect(firstEvent.p50).toBeGreaterThanOrEqual((firstHead.p50 ?? 0) + 20_000);
    expect(total.p50).toBeGreaterThanOrEqual((firstEvent.p50 ?? 0) + 20_000);
    expect(total.count).toBe(6);
  });

  test('that are cut count as cut, and what their connection reads then counts nowhere', async () => {
    let asked = 0;
    await using server = await serving((_, response) => {
      asked += 1;
      response.writeHead(200, eventStream).write('data: a\n\n');
      if (asked === 2) setImmediate(() => response.socket?.end());
      else response.end();
    });
    const options = { request: get(server.url), connections: 1, streams: 4, longestMs: 500, signal };
    const found = await timeFiniteStreams(options);
    expect(found).toMatchObject({ ended: 1, cut: 1 });
  });

  test('that never end are refused, with the reason', async () => {
    await using server = await serving((_, response) => void response.writeHead(200, eventStream).write('data: a\n\n'));
    const options = { request: get(server.url), connections: 2, streams: 2, longestMs: 100, signal };
    await expect(timeFiniteStreams(options)).rejects.toThrow(/give streams that end within 1 s: of endless ones/);
  });

  test('are told from answers that are no event stream', async () => {
    await using server = await serving((_, response) => response.writeHead(404).end('gone'));
    const options = { request: get(server.url), connections: 1, streams: 2, longestMs: 1000, signal };
    expect(await timeFiniteStreams(options)).toMatchObject({ ended: 0, others: 2, statuses: { 404: 2 } });
  });
});

test.each([
  ['https://localhost/', 1, /autocannon verifies no TLS/],
  ['http://localhost/', 10_001, /opens them all at once/],
  ['http://localhost/', 1.5, /a whole number/],
])('%s on %d connections is refused, with the reason', (url, connections, message) => {
  expect(() => checkClosedLoop({ request: get(url), connections })).toThrow(message);
});
