import type { QueuingStrategy, UnderlyingSource } from 'node:stream/web';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { createFeed, type Feed, type FeedOptions } from '../feed.ts';
import { MemoryStore } from '../memory-store.ts';
import { openStream, type WebStreamOptions } from './web.ts';

const text = new TextDecoder();

/** A feed whose events leave as soon as they are published. */
async function feedOf(options: FeedOptions = {}): Promise<{ feed: Feed; clock: ManualClock }> {
  const clock = new ManualClock();
  return { feed: await createFeed({ clock, store: new MemoryStore('life'), ...options }), clock };
}

function opened(
  feed: Feed,
  init: RequestInit = {},
  options: WebStreamOptions = {},
): { response: Response; body: ReadableStreamDefaultReader<Uint8Array> } {
  const response = openStream(feed, new Request('http://a/', init), options);
  const body = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  return { response, body };
}

async function next(body: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value, done } = await body.read();
  return done ? undefined : text.decode(value);
}

/** Publishes, and goes on once the event was handed to the streams. */
async function published(feed: Feed, data: string): Promise<void> {
  await feed.publish({ data });
  await new Promise((resolve) => setImmediate(resolve));
}

test('a GET opens a stream; each chunk of its body is a whole event', async () => {
  const { feed } = await feedOf();
  const { response, body } = opened(feed);
  expect(Object.fromEntries(response.headers)).toEqual({
    'cache-control': 'no-store, no-transform',
    'content-type': 'text/event-stream',
    'x-accel-buffering': 'no',
  });
  expect(await next(body)).toBe(': open\n');
  await published(feed, 'a');
  await published(feed, 'b');
  expect([await next(body), await next(body)]).toEqual([
    'id: events-life-1\ndata: a\n\n',
    'id: events-life-2\ndata: b\n\n',
  ]);
});

test('the id to resume behind comes from the header, as bytes or decoded, or from the options', async () => {
  const { feed } = await feedOf();
  await feed.publish({ data: 'seen', id: 'é日本' });
  await feed.publish({ data: 'missed' });
  const replay = 'id: events-life-2\ndata: missed\n\n';
  const bytes = Buffer.from('é日本').toString('latin1');
  const byHeader = opened(feed, { headers: { 'Last-Event-ID': bytes } }).body;
  expect([await next(byHeader), await next(byHeader)]).toEqual([': open\n', replay]);
  const byOption = opened(feed, {}, { lastEventId: 'é日本' }).body;
  expect([await next(byOption), await next(byOption)]).toEqual([': open\n', replay]);
});

test('HEAD gets the headers and opens no stream; other methods get 405', async () => {
  const { feed } = await feedOf();
  const head = openStream(feed, new Request('http://a/', { method: 'HEAD' }), { headers: { 'x-own': '1' } });
  expect([head.status, head.body, head.headers.get('content-type'), head.headers.get('x-own')]).toEqual([
    200,
    null,
    'text/event-stream',
    '1',
  ]);
  const put = openStream(feed, new Request('http://a/', { method: 'PUT' }));
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect(feed.openStreams).toBe(0);
});

test('a full feed answers 503 with a time to come back', async () => {
  const { feed } = await feedOf({ maxStreams: 1, random: { next: () => 0 } });
  opened(feed);
  const refused = openStream(feed, new Request('http://a/'));
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
    503,
    '5',
    { error: 'too many streams are open' },
  ]);
});

test('headers of the options go with the stream and never beside its own', async () => {
  const { feed } = await feedOf();
  const { response } = opened(feed, {}, { headers: { 'x-own': '1', 'content-type': 'text/plain' } });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('x-own')).toBe('1');
});

test('a reader that does not read loses events beyond its queue, and catches up with the rest', async () => {
  const { feed } = await feedOf({ queueEvents: 2, replayEvents: 1 });
  const { body } = opened(feed);
  // The first fills the body, two wait in the queue.
  for (const data of ['a', 'b', 'c', 'd', 'e']) await published(feed, data.repeat(20 * 1024));
  expect(feed.droppedEvents).toBe(2);
  expect(await next(body)).toBe(': open\n');
  for (const letter of ['a', 'b', 'c']) expect(await next(body)).toMatch(new RegExp(`\ndata: ${letter}+\n\n$`));
  await published(feed, 'f');
  expect(await next(body)).toMatch(/\ndata: f\n\n$/);
});

test('of what a stalled reader missed at its opening it reads all, at its own pace', async () => {
  const { feed } = await feedOf({ queueEvents: 1 });
  const id = await feed.publish({ data: 'seen' });
  for (let count = 0; count < 20; count += 1) await feed.publish({ data: String(count).padEnd(10 * 1024, 'x') });
  const { body } = opened(feed, { headers: { 'Last-Event-ID': id } });
  let received = '';
  while (!received.includes('data: 19')) received += await next(body);
  expect([...received.matchAll(/data: (\d+)/g)].map(([, count]) => Number(count))).toEqual([...Array(20).keys()]);
});

test('a reader that cancels is forgotten, once', async () => {
  const { feed } = await feedOf();
  const ends: unknown[] = [];
  const abort = new AbortController();
  const { body } = opened(feed, { signal: abort.signal }, { onLeave: (reason) => ends.push(reason) });
  await body.cancel();
  abort.abort();
  feed.close();
  expect([ends, feed.openStreams]).toEqual([['client left'], 0]);
});

test('a request that is aborted is forgotten, once, and its body ends', async () => {
  const { feed } = await feedOf();
  const ends: unknown[] = [];
  const abort = new AbortController();
  const { body } = opened(feed, { signal: abort.signal }, { onLeave: (reason) => ends.push(reason) });
  expect(await next(body)).toBe(': open\n');
  abort.abort();
  expect([ends, feed.openStreams]).toEqual([['client left'], 0]);
  expect(await next(body)).toBeUndefined();
  await body.cancel();
  await published(feed, 'a');
  expect(ends).toEqual(['client left']);
});

test('a request that was aborted before it is answered leaves nothing behind', async () => {
  const { feed, clock } = await feedOf();
  opened(feed, { signal: AbortSignal.abort() });
  expect([feed.openStreams, clock.pending]).toEqual([0, 0]);
});

test('closing the feed ends the body behind what was published', async () => {
  const { feed } = await feedOf();
  const { body } = opened(feed);
  await feed.publish({ data: 'a' });
  feed.close();
  expect([await next(body), await next(body), await next(body)]).toEqual([
    ': open\n',
    'id: events-life-1\ndata: a\n\n',
    undefined,
  ]);
  const late = openStream(feed, new Request('http://a/'));
  expect(late.status).toBe(200);
  expect(await late.text()).toMatch(/^retry: \d+000\n\n$/);
});

test('a signal of the options ends the body behind what was published', async () => {
  const { feed } = await feedOf();
  const controller = new AbortController();
  const { body } = opened(feed, {}, { signal: controller.signal });
  await published(feed, 'a');
  controller.abort();
  let received = '';
  for (let text = await next(body); text !== undefined; text = await next(body)) received += text;
  expect(received).toContain('data: a\n\n');
  expect([feed.isClosed, feed.openStreams]).toEqual([false, 0]);
});

test('a reader that takes nothing for the stall time is cut with an error', async () => {
  const { feed, clock } = await feedOf({ heartbeatMs: 1000, stallMs: 2000 });
  const { body } = opened(feed);
  await published(feed, 'x'.repeat(20 * 1024));
  clock.advance(4000);
  expect(feed.openStreams).toBe(0);
  await expect(next(body)).rejects.toThrow('the reader of the event stream was too slow');
});

test('a reader that is too slow for the policy disconnect is cut with an error, and others go on', async () => {
  const { feed } = await feedOf({ queueEvents: 1, slowPolicy: 'disconnect' });
  const [slow, healthy] = [opened(feed).body, opened(feed).body];
  await next(healthy);
  for (const data of ['a', 'b', 'c']) {
    await published(feed, data.repeat(20 * 1024));
    expect(await next(healthy)).toContain(`data: ${data}`);
  }
  await expect(next(slow)).rejects.toThrow('too slow');
  expect(feed.openStreams).toBe(1);
});

test('whoever detaches the memory of a chunk harms neither other streams nor the log', async () => {
  const { feed } = await feedOf();
  const [thief, other] = [opened(feed).body, opened(feed).body];
  const steal = async (): Promise<void> => {
    const { value } = await thief.read();
    structuredClone(value?.buffer, { transfer: [value?.buffer as ArrayBuffer] });
  };
  await steal();
  const id = await feed.publish({ data: 'first' });
  await published(feed, 'a');
  await steal();
  expect(await next(other)).toBe(': open\n');
  expect(await next(other)).toContain('data: first');
  const resumed = opened(feed, { headers: { 'Last-Event-ID': id } }).body;
  expect([await next(resumed), await next(resumed)]).toEqual([': open\n', 'id: events-life-2\ndata: a\n\n']);
});

test('a body that ended without a word to its source is forgotten at the next event, and nothing is thrown', async () => {
  const { feed } = await feedOf();
  const ends: unknown[] = [];
  const controllers: ReadableStreamDefaultController[] = [];
  const real = globalThis.ReadableStream;
  // As where a runtime closes the body of a response itself.
  globalThis.ReadableStream = class<R> extends real<R> {
    constructor(source: UnderlyingSource<R>, strategy: QueuingStrategy<R>) {
      const start = (controller: ReadableStreamDefaultController<R>): void => {
        controllers.push(controller as ReadableStreamDefaultController);
        source.start?.(controller);
      };
      super({ start, pull: () => source.pull?.(controllers[0] as never) }, strategy);
    }
  } as never;
  try {
    opened(feed, {}, { onLeave: (reason) => ends.push(reason) });
  } finally {
    globalThis.ReadableStream = real;
  }
  controllers[0]?.close();
  await published(feed, 'a');
  expect([ends, feed.openStreams]).toEqual([['connection error'], 0]);
  feed.close();
});
