import { seededRandom } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { onTestFinished } from 'vitest';
import { eventStoreContract } from '../../testing/event-store-contract.ts';
import { describeWithRedis, RedisServer } from '../../testing/redis-server.ts';
import type { EventStore } from '../event-log.ts';
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
});
