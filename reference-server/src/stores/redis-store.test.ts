import { SettingError, seededRandom } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventStoreContract } from '../../testing/event-store-contract.ts';
import { RecordingLogReader } from '../../testing/recording-log-reader.ts';
import { describeWithRedis, RedisServer } from '../../testing/redis-server.ts';
import { type EventLog, type EventStore, LogUnavailable } from '../event-log.ts';
import { appendScript } from './redis-scripts.ts';
import { openRedisStore, type RedisStoreOptions } from './redis-store.ts';

async function opened(url: string, options: Partial<RedisStoreOptions> = {}): Promise<EventStore> {
  const store = await openRedisStore(url, {
    maxEvents: 10_000,
    maxAgeMs: 3_600_000,
    clock: systemClock,
    random: seededRandom(1),
    ...options,
  });
  onTestFinished(() => store.close());
  return store;
}

interface Followed {
  readonly store: EventStore;
  readonly log: EventLog<number>;
  readonly reader: RecordingLogReader<number>;
}

/** A store with a log of numbers and its reader. */
async function followed(url: string, options: Partial<RedisStoreOptions> = {}): Promise<Followed> {
  const store = await opened(url, options);
  const log = store.log<number>('events');
  const reader = new RecordingLogReader<number>();
  await log.open(reader, 10_000);
  return { store, log, reader };
}

async function hasProblem(store: EventStore, problem: RegExp): Promise<void> {
  await expect.poll(() => store.problem, { timeout: 10_000, interval: 10 }).toMatch(problem);
}

async function isWell(store: EventStore): Promise<void> {
  await expect.poll(() => store.problem, { timeout: 10_000, interval: 10 }).toBeUndefined();
}

/** Appends numbers one by one until it is told to stop. @returns the ids that were acknowledged */
function keepAppending({ log }: Followed, from: number): () => Promise<string[]> {
  const acknowledged: string[] = [];
  let going = true;
  const run = (async () => {
    for (let content = from; going; content += 1) {
      try {
        acknowledged.push(...(await log.append([{ content }])));
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  })();
  return async () => {
    going = false;
    await run;
    return acknowledged;
  };
}

/** That the reader has all that was acknowledged, each once and in one order with what others have. */
async function missesNothing({ reader }: Followed, acknowledged: readonly string[]): Promise<void> {
  await expect.poll(() => new Set(acknowledged).difference(new Set(reader.ids)).size, { timeout: 10_000 }).toBe(0);
  expect(new Set(reader.ids).size).toBe(reader.ids.length);
  expect(reader.gaps).toBe(0);
}

describeWithRedis('a Redis store', () => {
  eventStoreContract(
    'it',
    async () => {
      const { url } = await RedisServer.start();
      let store = await opened(url);
      return {
        store,
        reopen: async () => {
          await store.close();
          store = await opened(url);
          return store;
        },
      };
    },
    { durable: true, takesIds: false },
  );

  describe('shared by several servers', () => {
    test('gives all of them the same order', async () => {
      const { url } = await RedisServer.start();
      const both = [await followed(url), await followed(url)] as const;
      const appends = Array.from({ length: 200 }, (_, content) => both[content % 2]?.log.append([{ content }]));
      await Promise.all(appends);
      for (const { reader } of both) await reader.hasEntries(200);
      expect(both[0].reader.entries).toEqual(both[1].reader.entries);
      expect(both[0].reader.contents.toSorted((a, b) => a - b)).toEqual(appends.map((_, content) => content));
    });

    test('keeps up with many publishers', async () => {
      const { url } = await RedisServer.start('--appendonly', 'no');
      const { log, reader } = await followed(url, { maxEvents: 2000 });
      let next = 0;
      const publisher = async () => {
        while (next < 10_000) await log.append([{ content: next++ }]);
      };
      await Promise.all(Array.from({ length: 100 }, publisher));
      await reader.hasEntries(10_000);
      expect(reader.gaps).toBe(0);
      expect(new Set(reader.contents).size).toBe(reader.contents.length);
    });

    test('hands over a long log page by page, up to what comes in meanwhile', async () => {
      const { url } = await RedisServer.start();
      const first = await followed(url);
      const numbers = Array.from({ length: 5000 }, (_, content) => ({ content }));
      await first.log.append(numbers);
      const stop = keepAppending(first, 5000);
      const second = await followed(url);
      const acknowledged = await stop();
      await missesNothing(second, acknowledged);
      expect(second.reader.contents).toEqual(second.reader.contents.map((_, at) => at));
    });
  });

  describe('bounds', () => {
    test('about as many entries stay as were allowed', async () => {
      const redis = await RedisServer.start();
      const { log, reader } = await followed(redis.url, { maxEvents: 100 });
      for (let at = 0; at < 20; at += 1) await log.append(Array.from({ length: 50 }, (_, content) => ({ content })));
      await reader.hasEntries(1000);
      expect(await redis.say('XLEN', 'ssert:events')).toBeGreaterThanOrEqual(100);
      expect(await redis.say('XLEN', 'ssert:events')).toBeLessThanOrEqual(200);
      expect(await log.readAfter(reader.ids[0] ?? '', 10)).toBeUndefined();
      expect(reader.gaps).toBe(0);
    });

    test('what is too old goes, but the newest stays, and nobody has missed anything', async () => {
      const redis = await RedisServer.start();
      const { log, reader } = await followed(redis.url, { maxAgeMs: 300 });
      await log.append(Array.from({ length: 2500 }, (_, content) => ({ content })));
      await reader.hasEntries(2500);
      await expect.poll(() => redis.say('XLEN', 'ssert:events'), { timeout: 10_000 }).toBe(1);
      expect(await log.readAfter(reader.ids[0] ?? '', 10)).toBeUndefined();
      expect(await log.readAfter(reader.ids.at(-1) ?? '', 10)).toEqual([]);
      await log.append([{ content: 2500 }]);
      await reader.hasEntries(2501);
      expect(reader.gaps).toBe(0);
    });
  });

  describe('in an outage', () => {
    test('where Redis is killed and started again, nothing acknowledged is lost or repeated', async () => {
      const redis = await RedisServer.start();
      const both = [await followed(redis.url), await followed(redis.url)] as const;
      const stops = [keepAppending(both[0], 0), keepAppending(both[1], 1_000_000)] as const;
      for (let round = 0; round < 3; round += 1) {
        const { length } = both[0].reader.ids;
        await both[0].reader.hasEntries(length + 20);
        await redis.kill();
        for (const { store } of both) await hasProblem(store, /^Redis (refuses connections|closed the connection)$/);
        await expect(both[0].log.append([{ content: -1 }])).rejects.toBeInstanceOf(LogUnavailable);
        await redis.startAgain();
        for (const { store } of both) await isWell(store);
      }
      const acknowledged = [...(await stops[0]()), ...(await stops[1]())];
      for (const each of both) await missesNothing(each, acknowledged);
      expect(both[0].reader.contents).not.toContain(-1);
      await expect
        .poll(() => both[0].reader.entries.length - both[1].reader.entries.length, { timeout: 10_000 })
        .toBe(0);
      expect(both[0].reader.entries).toEqual(both[1].reader.entries);
    });

    test('where Redis hangs, appends fail soon, all is told, and what was acknowledged is there afterwards', async () => {
      const redis = await RedisServer.start();
      const all = await followed(redis.url);
      const [before = ''] = await all.log.append([{ content: 1 }]);
      redis.hang();
      const began = performance.now();
      await expect(all.log.append([{ content: 2 }])).rejects.toBeInstanceOf(LogUnavailable);
      expect(performance.now() - began).toBeLessThan(5000);
      await expect(all.log.readAfter(before, 10)).rejects.toBeInstanceOf(LogUnavailable);
      await hasProblem(all.store, /does not answer$/);
      redis.goOn();
      await isWell(all.store);
      const [after = ''] = await all.log.append([{ content: 3 }]);
      await missesNothing(all, [before, after]);
      expect([
        [1, 3],
        [1, 2, 3],
      ]).toContainEqual(all.reader.contents);
    });

    test('that Redis hangs is noticed though nobody asks for anything', async () => {
      const redis = await RedisServer.start();
      const { store } = await followed(redis.url);
      redis.hang();
      await hasProblem(store, /does not answer$/);
      redis.goOn();
      await isWell(store);
    });

    test('a store closes while Redis hangs', async () => {
      const redis = await RedisServer.start();
      const { store, log } = await followed(redis.url);
      redis.hang();
      const append = log.append([{ content: 1 }]);
      await Promise.all([store.close(), expect(append).rejects.toBeInstanceOf(LogUnavailable)]);
    });

    test('connections that are cut again and again lose and repeat nothing', async () => {
      const redis = await RedisServer.start();
      const all = await followed(redis.url);
      const stop = keepAppending(all, 0);
      for (let round = 1; round <= 5; round += 1) {
        const { length } = all.reader.ids;
        await redis.say('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await all.reader.hasEntries(length + 50);
      }
      await missesNothing(all, await stop());
    });

    test.each([
      ['its memory is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
      ['it is a read-only replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
      [
        'it has too few replicas',
        ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
        ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
      ],
    ])('where Redis takes no writes because %s, that is said and can still be read', async (why, begin, end) => {
      const redis = await RedisServer.start();
      const { store, log, reader } = await followed(redis.url);
      const [first = ''] = await log.append([{ content: 1 }, { content: 2 }]);
      await redis.say(...begin);
      await expect(log.append([{ content: 3 }, { content: 4 }])).rejects.toBeInstanceOf(LogUnavailable);
      await hasProblem(store, new RegExp(`${why}$`));
      expect((await log.readAfter(first, 10))?.map(({ content }) => content)).toEqual([2]);
      await redis.say(...end);
      await isWell(store);
      await log.append([{ content: 5 }]);
      await reader.hasEntries(3);
      expect(reader.contents).toEqual([1, 2, 5]);
      expect(reader.gaps).toBe(0);
    });

    test('where Redis loads its data, that is said', async () => {
      const redis = await RedisServer.start();
      const all = await followed(redis.url);
      const acknowledged = await all.log.append([{ content: 1 }, { content: 2 }]);
      await redis.say('EVAL', "for at = 1, 200 do redis.call('SET', 'key' .. at, string.rep('x', 500)) end", '0');
      await redis.say('BGREWRITEAOF');
      const rewritten = /aof_rewrite_in_progress:0.*aof_rewrites:1/s;
      await expect.poll(() => redis.say('INFO', 'persistence'), { timeout: 10_000 }).toMatch(rewritten);
      await redis.kill();
      // Microseconds for each key, and bytes between two looks at its connections.
      await redis.launch('--key-load-delay', '10000', '--loading-process-events-interval-bytes', '1024');
      await hasProblem(all.store, /is still loading its data$/);
      await isWell(all.store);
      await missesNothing(all, acknowledged);
    });

    test('where Redis asks for another password, that is said, and the password is not', async () => {
      const redis = await RedisServer.start();
      await redis.say('CONFIG', 'SET', 'requirepass', 'pw1');
      const url = redis.url.replace('//', '//:pw1@');
      const { store } = await followed(url);
      await redis.kill();
      await redis.launch('--requirepass', 'pw2');
      await hasProblem(store, /refuses the user name or the password$/);
      expect(store.problem).not.toContain('pw1');
      await redis.kill();
      await redis.launch('--requirepass', 'pw1');
      await isWell(store);
    });
  });

  describe('tells its reader of a gap', () => {
    test('where Redis was restarted empty', async () => {
      const redis = await RedisServer.start('--appendonly', 'no');
      const { store, log, reader } = await followed(redis.url);
      const [lost = ''] = await log.append([{ content: 1 }]);
      await reader.hasEntries(1);
      await redis.kill();
      await redis.startAgain();
      await expect.poll(() => reader.gaps, { timeout: 10_000 }).toBe(1);
      await isWell(store);
      expect(await log.readAfter(lost, 10)).toBeUndefined();
      await log.append([{ content: 2 }]);
      await reader.hasEntries(2);
      expect(reader.contents).toEqual([1, 2]);
      expect(reader.gaps).toBe(1);
    });

    test('where Redis was emptied, and has other entries already', async () => {
      const redis = await RedisServer.start();
      const { log, reader } = await followed(redis.url);
      await log.append([{ content: 1 }]);
      await reader.hasEntries(1);
      await redis.say(
        'EVAL',
        "redis.call('FLUSHALL') redis.call('XADD', KEYS[1], '*', 'after', '0-0', 'content', '2')",
        '1',
        'ssert:events',
      );
      await reader.hasEntries(2);
      expect(reader.gaps).toBe(1);
      await log.append([{ content: 3 }]);
      await reader.hasEntries(3);
      expect(reader.contents).toEqual([1, 2, 3]);
      expect(reader.gaps).toBe(1);
    });

    test('where Redis was emptied and its clock set back', async () => {
      const redis = await RedisServer.start();
      const { reader, log } = await followed(redis.url);
      await log.append([{ content: 1 }]);
      await reader.hasEntries(1);
      await redis.say(
        'EVAL',
        "redis.call('FLUSHALL') redis.call('XADD', KEYS[1], '5-0', 'after', '0-0', 'content', '2')",
        '1',
        'ssert:events',
      );
      await reader.hasEntries(2);
      expect(reader.ids[1]).toBe('5-0');
      expect(reader.gaps).toBe(1);
    });

    test('where entries were removed that it had not read yet', async () => {
      const redis = await RedisServer.start();
      const { log, reader } = await followed(redis.url);
      await log.append([{ content: 1 }]);
      await reader.hasEntries(1);
      const script = `${appendScript.replace('return ids', "redis.call('XTRIM', KEYS[1], 'MAXLEN', '2')")}`;
      await redis.say('EVAL', script, '1', 'ssert:events', '100', '2', '3', '4', '5');
      await reader.hasEntries(3);
      expect(reader.contents).toEqual([1, 4, 5]);
      expect(reader.gaps).toBe(1);
    });

    test('but not where all that it has read was removed', async () => {
      const redis = await RedisServer.start();
      const { log, reader } = await followed(redis.url);
      await log.append([{ content: 1 }]);
      await reader.hasEntries(1);
      await redis.say('XTRIM', 'ssert:events', 'MAXLEN', '0');
      await redis.say('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await expect.poll(() => log.append([{ content: 2 }]).catch(() => undefined), { timeout: 10_000 }).toBeDefined();
      await reader.hasEntries(2);
      expect(reader.gaps).toBe(0);
    });
  });

  describe('at the start', () => {
    test('says how to start a Redis where there is none', async () => {
      const redis = await RedisServer.start();
      await redis.kill();
      await expect(opened(redis.url)).rejects.toThrow(
        /^Redis at 127\.0\.0\.1:\d+ refuses connections; start one with: redis-server --appendonly yes/,
      );
    });

    test('gives up where Redis hangs', async () => {
      const redis = await RedisServer.start();
      redis.hang();
      await expect(opened(redis.url)).rejects.toThrow(/does not answer/);
    });

    test('says that the password is wrong, without it', async () => {
      const redis = await RedisServer.start();
      await redis.say('CONFIG', 'SET', 'requirepass', 'right');
      await expect(opened(redis.url)).rejects.toThrow(/asks for a password/);
      const error = await opened(redis.url.replace('//', '//:hush@')).catch((error: Error) => error);
      expect(error).toMatchObject({ message: expect.stringMatching(/refuses the user name or the password/) });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hush');
    });

    test('says that there is no such database', async () => {
      const redis = await RedisServer.start();
      await expect(opened(`${redis.url}/99`)).rejects.toThrow(/has no database of this number/);
    });

    test('says that something else has the key of a log', async () => {
      const redis = await RedisServer.start();
      await redis.say('SET', 'ssert:events', 'x');
      await expect(followed(redis.url)).rejects.toThrow(/has something else under the key of an event log/);
    });
  });
});

describe('the URL of a Redis', () => {
  test.each([
    'redis://',
    'redis:///1',
    'redis://h/name',
    'redis://h/1/2',
    'redis://h:99999',
    'redis://h?x=1',
    'http://h',
    'redis://u:hush%@h',
    'redis://u:hush@h/x',
    'redis:u:hush@h',
    'redis://u:hu@sh@h:x',
  ])('%s is refused, without its credentials', async (url) => {
    const error = await opened(url).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(SettingError);
    expect(error).toMatchObject({ setting: 'store' });
    expect(String(error)).not.toMatch(/hu.*sh@/);
    expect((error as SettingError).value).not.toMatch(/hu.*sh/);
  });
});
