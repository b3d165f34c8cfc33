import { seededRandom } from '@ssert/protocol';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import type { EventStore } from './event-log.ts';
import { resolveSettings, type ServerSettings } from './settings.ts';
import { openStore } from './stores/open-store.ts';

/**
 * Opens a store for feeds that outlives the process; close it when they are closed.
 * @param where the path of a FILE.sqlite, or redis://HOST:PORT
 * @throws SettingError when it names none, or one that cannot be used; LogUnavailable when it is out of reach
 */
export function openEventStore(
  where: string,
  limits: Partial<Pick<ServerSettings, 'storeEvents' | 'storeAgeMs'>> = {},
): Promise<EventStore> {
  return openStore(resolveSettings({ ...limits, store: where }), systemClock, seededRandom(freshSeed()));
}
