import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ContractHarness, type StreamRequest } from '../testing/contract-harness.ts';
import { startService } from './service.ts';

let harness: ContractHarness;
let service: string;
beforeEach(async () => {
  const { url, stop } = await startService(0);
  service = url;
  harness = new ContractHarness(url);
  await harness.start();
  onTestFinished(() => {
    stop();
    harness.stop();
  });
});

async function request(number: number): Promise<StreamRequest> {
  await expect.poll(() => harness.requests.length).toBeGreaterThanOrEqual(number);
  return harness.requests[number - 1] as StreamRequest;
}

const kinds = () =>
  harness.messages.map(({ kind, event }) => (event ? `${event.type} ${event.data} @${event.id}` : kind));

test('the service names what the client can do, and nothing that it cannot', async () => {
  const response = await fetch(service);
  const { capabilities } = (await response.json()) as { capabilities: string[] };
  expect(capabilities).toEqual(expect.arrayContaining(['bom', 'headers', 'post', 'report', 'restart', 'read-timeout']));
  expect(capabilities).not.toContain('comments');
  expect(capabilities).not.toContain('event-type-listeners');
});

test('events of every type come back in their order, each with the last event ID of the stream', async () => {
  await harness.create();
  const stream = (await request(1)).stream();
  stream.write('\uFEFFid: 1\ndata: a\n\n:comment\nevent: greeting\ndata: b\n\nevent:  greeting\ndata\n\n');
  await expect.poll(kinds).toEqual(['message a @1', 'greeting b @1', ' greeting  @1']);
});

test('the first request is the one that the harness looks for', async () => {
  await harness.create();
  const { method, headers } = await request(1);
  expect([method, headers.accept, headers['cache-control'], headers['last-event-id']]).toEqual([
    'GET',
    'text/event-stream',
    'no-cache',
    undefined,
  ]);
});

test.each(['POST', 'REPORT'])('a %s with its body is sent, and sent again', async (method) => {
  const body = '{"hello": "wörld"}';
  const type = 'application/json; charset=utf-8';
  await harness.create({ method, body, headers: { 'content-type': type, 'header-name-1': 'v' }, lastEventId: 'x' });
  (await request(1)).stream().end();
  const [first, second] = [await request(1), await request(2)];
  for (const { method: sent, headers, body: received } of [first, second]) {
    expect([sent, received, headers['content-type'], headers['header-name-1'], headers['last-event-id']]).toEqual([
      method,
      body,
      type,
      'v',
      'x',
    ]);
  }
});

test('a partial event is discarded when the stream breaks, and the break is told', async () => {
  await harness.create();
  (await request(1)).stream().end('id: abc\ndata: Hello\n\nid: def\ndata: Goodbye');
  const again = await request(2);
  expect(again.headers['last-event-id']).toBe('abc');
  again.stream().write('data: We meet again\n\n');
  await expect.poll(kinds).toEqual(['message Hello @abc', 'error', 'message We meet again @abc']);
});

test('a restart is no error', async () => {
  const url = await harness.create();
  (await request(1)).stream().write('data: Hello\n\n');
  await expect.poll(kinds).toEqual(['message Hello @']);
  expect((await harness.command(url, { command: 'restart' })).status).toBe(202);
  (await request(2)).stream().write('data: Thanks\n\n');
  await expect.poll(kinds).toEqual(['message Hello @', 'message Thanks @']);
});

test('silence beyond the read timeout is an error and a new request', async () => {
  await harness.create({ readTimeoutMs: 1000 });
  (await request(1)).stream().write('data: Hello\n\n');
  await request(2);
  await expect.poll(() => kinds().slice(0, 2)).toEqual(['message Hello @', 'error']);
});

test.each([
  [204, {}],
  [404, {}],
  [301, {}],
  [307, { location: '' }],
])('status %d with %j is an error', async (status, headers) => {
  await harness.create();
  void (async () => {
    for (let number = 1; number <= 21; number += 1) (await request(number)).response.writeHead(status, headers).end();
  })().catch(() => {});
  await expect.poll(() => kinds()[0]).toBe('error');
});

describe('the service', () => {
  test('closes and tells its state on command, as our own harness asks', async () => {
    const url = await harness.create({ report: ['open'], closeOn: { kind: 'event', n: 1 } });
    (await request(1)).stream().write('data: a\n\ndata: b\n\n');
    await expect.poll(kinds).toEqual(['open', 'message a @']);
    expect(JSON.parse((await harness.command(url, { command: 'state' })).body)).toMatchObject({ readyState: 2 });
    expect((await harness.command(url, { command: 'close' })).status).toBe(202);
    expect(kinds()).toEqual(['open', 'message a @']);
  });

  test('refuses what it does not know', async () => {
    const url = await harness.create();
    const { status, body } = await harness.command(url, { command: 'dance' });
    expect([status, body]).toEqual([400, expect.stringContaining('give listen, restart, close or state')]);
    expect((await harness.command(`${service}/streams/99`, { command: 'restart' })).status).toBe(404);
    expect((await fetch(service, { method: 'POST', body: '{"streamUrl":"no url"}' })).status).toBe(400);
  });

  test('drops a stream that is deleted, and calls back no more', async () => {
    const url = await harness.create();
    const stream = (await request(1)).stream();
    stream.write('data: a\n\n');
    await expect.poll(kinds).toEqual(['message a @']);
    let dropped = false;
    stream.on('close', () => {
      dropped = true;
    });
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    await expect.poll(() => dropped).toBe(true);
    expect(kinds()).toEqual(['message a @']);
  });

  test('stops when it is told', async () => {
    expect((await fetch(service, { method: 'DELETE' })).status).toBe(204);
    await expect
      .poll(() =>
        fetch(service).then(
          () => 'up',
          () => 'down',
        ),
      )
      .toBe('down');
  });
});
