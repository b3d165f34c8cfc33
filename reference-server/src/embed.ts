export type { OutgoingEvent } from '@ssert/protocol';
export type { StreamEnd } from './channel.ts';
export { RefusedEvent } from './event-feed.ts';
export { type EventStore, LogUnavailable } from './event-log.ts';
export { createFeed, type Feed, type FeedOptions, type FeedSettings } from './feed.ts';
export type { LeaveReason, Sink, SlowPolicy, Subscriber } from './subscriber.ts';
