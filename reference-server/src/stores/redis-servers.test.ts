import { expect, test } from 'vitest';
import { HoldingProxy } from '../../testing/holding-proxy.ts';
import { describeWithRedis, RedisServer } from '../../testing/redis-server.ts';
import { ResumingReader } from '../../testing/resuming-reader.ts';
import { health, post, runningServer } from '../../testing/running-server.ts';
import { ServerProcess } from '../../testing/server-process.ts';
import type { ServerOptions } from '../server.ts';

const options = (store: string): ServerOptions => ({ store, events: true, logLevel: 'silent', stopMs: 200 });

async function published(url: string, data: string): Promise<string> {
  const answer = await post(`${url}/events`, { data });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

/** Publishes at a server, one event after the other, until it is told to stop. */
function keepPublishing(url: () => string, name: string): { acknowledged: string[]; stop(): Promise<void> } {
  const acknowledged: string[] = [];
  let going = true;
  const run = (async () => {
    for (let count = 0; going; count += 1) {
      const data = `${name}-${count}`;
      const answer = await post(`${url()}/events`, { data }).catch(() => undefined);
      if (answer?.status === 202) acknowledged.push(data);
      else await answer?.text();
      // So that two of them leave the machine room for the rest.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    acknowledged,
    stop: () => {
      going = false;
      return run;
    },
  };
}

/** That the reader got all that was acknowledged, each event once, those of each publisher in order. */
async function missedNothing(reader: ResumingReader, ...publishers: { acknowledged: string[] }[]): Promise<void> {
  const acknowledged = publishers.flatMap(({ acknowledged }) => acknowledged);
  await expect.poll(() => acknowledged.filter((data) => !reader.data.includes(data)), { timeout: 15_000 }).toEqual([]);
  expect(reader.events.filter(({ event }) => event === 'reset')).toEqual([]);
  expect(new Set(reader.ids).size).toBe(reader.ids.length);
  for (const { acknowledged } of publishers) {
    const known = new Set(acknowledged);
    expect(reader.data.filter((data) => known.has(data))).toEqual(acknowledged);
  }
}

/** That two readers got the same events in the same order. */
async function gotTheSame(one: ResumingReader, other: ResumingReader): Promise<void> {
  await expect.poll(() => one.events.length - other.events.length, { timeout: 10_000 }).toBe(0);
  expect(one.data).toEqual(other.data);
  expect(one.ids).toEqual(other.ids);
}

async function hasStatus(server: { url: string }, status: string): Promise<void> {
  const statusNow = async () => (await health(server)).status;
  await expect.poll(statusNow, { timeout: 10_000, interval: 20 }).toBe(status);
}

describeWithRedis('several servers on one Redis', () => {
  test('a client that goes from one to the other while both publish gets each event once, in one order', async () => {
    const redis = await RedisServer.start();
    const servers = [await runningServer(options(redis.url)), await runningServer(options(redis.url))] as const;
    const [one, other] = servers;
    let hops = 0;
    const steady = new ResumingReader(() => `${one.url}/events`);
    const hopping = new ResumingReader(() => `${(hops % 2 === 0 ? one : other).url}/events`);
    await Promise.all([steady.isOpen(), hopping.isOpen()]);
    const publishers = servers.map(({ url }, at) => keepPublishing(() => url, `${at}`));
    for (; hops < 20; hops += 1) {
      await hopping.hasEvents(hopping.events.length + 5);
      hopping.hop();
    }
    await Promise.all(publishers.map(({ stop }) => stop()));
    await missedNothing(hopping, ...publishers);
    await gotTheSame(hopping, steady);
  });

  test('a client of one that is killed misses nothing at the next, and servers come and go', async () => {
    const redis = await RedisServer.start();
    const steadyServer = await runningServer(options(redis.url));
    const steady = new ResumingReader(() => `${steadyServer.url}/events`);
    let mortal = await ServerProcess.start(options(redis.url));
    let url = mortal.url;
    const reader = new ResumingReader(() => `${url}/events`);
    await Promise.all([steady.isOpen(), reader.isOpen()]);
    const publishers = [keepPublishing(() => steadyServer.url, 'steady'), keepPublishing(() => url, 'mortal')];
    for (let round = 0; round < 3; round += 1) {
      await reader.hasEvents(reader.events.length + 20);
      url = steadyServer.url;
      await mortal.kill();
      await reader.hasEvents(reader.events.length + 20);
      mortal = await ServerProcess.start(options(redis.url));
      url = mortal.url;
      reader.hop();
    }
    await reader.hasEvents(reader.events.length + 20);
    await Promise.all(publishers.map(({ stop }) => stop()));
    await missedNothing(reader, ...publishers);
    await gotTheSame(reader, steady);
    expect(reader.opened).toBeGreaterThanOrEqual(6);
  });

  test('a new server resumes a client from before it was started', async () => {
    const redis = await RedisServer.start();
    const first = await runningServer(options(redis.url));
    const ids = [];
    for (let at = 0; at < 5; at += 1) ids.push(await published(first.url, `${at}`));
    await first.close();
    const second = await runningServer({ ...options(redis.url), replayEvents: 2 });
    const stream = await fetch(`${second.url}/events`, { headers: { 'Last-Event-ID': ids[0] ?? '' } });
    let text = '';
    for await (const bytes of stream.body ?? []) {
      text += new TextDecoder().decode(bytes);
      if (text.includes(ids[4] ?? '')) break;
    }
    expect([...text.matchAll(/^data: (.*)$/gm)].map((match) => match[1])).toEqual(['1', '2', '3', '4']);
  });

  test('a client that is ahead of a server waits there for what comes next', async () => {
    const redis = await RedisServer.start();
    const proxy = await HoldingProxy.before(redis.port);
    const ahead = await runningServer(options(redis.url));
    const behind = await runningServer(options(proxy.url));
    let url = ahead.url;
    const reader = new ResumingReader(() => `${url}/events`);
    const behindToo = new ResumingReader(() => `${behind.url}/events`);
    await Promise.all([reader.isOpen(), behindToo.isOpen()]);
    await published(behind.url, '1');
    await Promise.all([reader.hasEvents(1), behindToo.hasEvents(1)]);
    proxy.hold();
    await published(ahead.url, '2');
    await reader.hasEvents(2);
    expect(behindToo.data).toEqual(['1']);
    url = behind.url;
    reader.hop();
    await expect.poll(() => reader.opened, { timeout: 5000 }).toBe(2);
    await published(ahead.url, '3');
    proxy.release();
    await published(behind.url, '4');
    await reader.hasEvents(4);
    expect(reader.data).toEqual(['1', '2', '3', '4']);
    await gotTheSame(reader, behindToo);
  });

  test.each([
    ['is killed and started again', (redis: RedisServer) => redis.kill(), (redis: RedisServer) => redis.startAgain()],
    ['hangs', (redis: RedisServer) => redis.hang(), (redis: RedisServer) => redis.goOn()],
  ])(
    'where Redis %s, streams stay open, publishing answers 503, and nothing acknowledged is lost',
    async (_, begin, end) => {
      const redis = await RedisServer.start();
      const servers = [await runningServer(options(redis.url)), await runningServer(options(redis.url))] as const;
      const readers = servers.map(({ url }) => new ResumingReader(() => `${url}/events`));
      await Promise.all(readers.map((reader) => reader.isOpen()));
      const publishers = servers.map(({ url }, at) => keepPublishing(() => url, `${at}`));
      for (const reader of readers) await reader.hasEvents(20);
      await begin(redis);
      for (const server of servers) await hasStatus(server, 'degraded');
      const refused = await post(`${servers[0].url}/events`, { data: 'refused' });
      expect(refused.status).toBe(503);
      expect(await refused.text()).not.toMatch(/redis|127\.0\.0\.1/i);
      expect((await health(servers[0])).problem).toMatch(/^Redis [a-z ]+$/);
      await end(redis);
      for (const server of servers) await hasStatus(server, 'ok');
      for (const reader of readers) await reader.hasEvents(reader.events.length + 20);
      await Promise.all(publishers.map(({ stop }) => stop()));
      for (const reader of readers) await missedNothing(reader, ...publishers);
      await gotTheSame(readers[0] as ResumingReader, readers[1] as ResumingReader);
      expect(readers.map(({ opened }) => opened)).toEqual([1, 1]);
    },
  );

  test('where Redis lost its data, streams end, and who resumes is told', async () => {
    const redis = await RedisServer.start();
    const server = await runningServer(options(redis.url));
    const reader = new ResumingReader(() => `${server.url}/events`);
    await reader.isOpen();
    await published(server.url, '1');
    await reader.hasEvents(1);
    await redis.say('FLUSHALL');
    await reader.hasEvents(2);
    await published(server.url, '2');
    await reader.hasEvents(3);
    expect(reader.events.map(({ event, data }) => event ?? data)).toEqual(['1', 'reset', '2']);
  });
});
