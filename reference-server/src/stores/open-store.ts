import { type Clock, type Random, SettingError } from '@ssert/protocol';
import type { EventStore } from '../event-log.ts';
import { MemoryStore } from '../memory-store.ts';
import type { ServerSettings } from '../settings.ts';
import { openSqliteStore } from './sqlite-store.ts';

/**
 * Opens the store that the setting names.
 * @throws SettingError when it names none, or one that cannot be used; LogUnavailable when it is out of reach
 */
export async function openStore(settings: ServerSettings, clock: Clock, random: Random): Promise<EventStore> {
  const { store } = settings;
  if (store === 'memory') return MemoryStore.fresh(clock, random);
  if (store.endsWith('.sqlite')) {
    return openSqliteStore(store, { maxEvents: settings.storeEvents, maxAgeMs: settings.storeAgeMs, clock });
  }
  if (/^rediss?:/i.test(store)) {
    // Loaded here, as only its users need that client.
    const { openRedisStore } = await import('./redis-store.ts');
    return openRedisStore(store, { maxEvents: settings.storeEvents, maxAgeMs: settings.storeAgeMs, clock, random });
  }
  // A mistyped scheme may stand before a password.
  throw new SettingError(
    'store',
    store.replace(/\/\/[^@]*@/, '//…@'),
    'memory, the path of a FILE.sqlite, or redis://HOST:PORT',
  );
}
