import type { EventLog } from '../src/event-log.ts';
import { MemoryStore } from '../src/memory-store.ts';
import type { StreamLimits } from '../src/subscriber.ts';

/** What a channel needs, of a memory log whose ids begin with `NAME-life-`. */
export function channelParts<Content>(
  name: string,
  {
    queueEvents = 10,
    replayEvents = 100,
    replayBytes = 1e9,
  }: { queueEvents?: number; replayEvents?: number; replayBytes?: number } = {},
): { log: EventLog<Content>; replayEvents: number; replayBytes: number; limits: StreamLimits } {
  const traffic = { sentEvents: 0, droppedEvents: 0 };
  const log = new MemoryStore('life').log<Content>(name);
  return { log, replayEvents, replayBytes, limits: { queueEvents, slowPolicy: 'drop-newest', traffic } };
}
