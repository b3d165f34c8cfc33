export { openStream } from './adapters/web.ts';
export type { EventLog, EventStore, LogEntry, LogReader, NewEntry } from './event-log.ts';
export { LogUnavailable } from './event-log.ts';
export { Hub } from './hub.ts';
export { MemoryStore } from './memory-store.ts';
export { resolveSettings, type ServerSettings } from './settings.ts';
export { retryAfterSeconds } from './spread.ts';
export type { LeaveReason, Subscriber } from './subscriber.ts';
