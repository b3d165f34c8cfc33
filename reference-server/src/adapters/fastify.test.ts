import cors from '@fastify/cors';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { EventReader } from '../../testing/event-reader.ts';
import { streamsOf } from '../../testing/running-feed.ts';
import { createFeed, type Feed, type FeedOptions } from '../feed.ts';
import { openStream } from './fastify.ts';

async function served(options: FeedOptions = {}): Promise<{ feed: Feed; url: string }> {
  const feed = await createFeed(options);
  const app = Fastify({ forceCloseConnections: true });
  await app.register(cors, { origin: ['https://app.example'] });
  app.get('/plain', (request, reply) => openStream(feed, request, reply, { headers: { 'X-Own': '1' } }));
  app.get('/async', async (request, reply) => {
    await Promise.resolve();
    return openStream(feed, request, reply);
  });
  onTestFinished(() => app.close());
  onTestFinished(() => feed.close());
  return { feed, url: await app.listen({ port: 0, host: '127.0.0.1' }) };
}

test.each(['plain', 'async'])('a %s handler opens a stream', async (path) => {
  const { feed, url } = await served();
  const reader = await EventReader.open(`${url}/${path}`);
  await feed.publish({ data: 'a' });
  expect(await reader.hasEvents(1)).toMatchObject([{ data: 'a' }]);
  reader.leave();
  await streamsOf(feed, 0);
});

test('headers that a plugin or the handler has set are sent with the stream', async () => {
  const { feed, url } = await served();
  const reader = await EventReader.open(`${url}/plain`, { Origin: 'https://app.example' });
  expect(Object.fromEntries(reader.response.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'content-type': 'text/event-stream',
    vary: 'Origin',
    'x-own': '1',
  });
  reader.leave();
  await streamsOf(feed, 0);
});

test('HEAD opens no stream, and a full feed answers 503', async () => {
  const { feed, url } = await served({ maxStreams: 1 });
  const head = await fetch(`${url}/plain`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type'), feed.openStreams]).toEqual([200, 'text/event-stream', 0]);
  const reader = await EventReader.open(`${url}/plain`);
  const refused = await fetch(`${url}/async`);
  expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true]);
  expect(await refused.json()).toEqual({ error: 'too many streams are open' });
  reader.leave();
  await streamsOf(feed, 0);
});
