export { type AmongTabsSettings, StreamAmongTabs } from './among-tabs.ts';
export { type Decoder, fitting, json, type StandardSchema } from './decoding.ts';
export { EventStream } from './event-stream.ts';
export {
  type EventMap,
  type MessageOf,
  StreamErrorEvent,
  StreamEvent,
  type StreamMessage,
  type StreamState,
} from './events.ts';
export { KeepLatest, type LatestSettings } from './latest.ts';
export { oncePerUrl, type SharedStream } from './once-per-url.ts';
export { type Problem, StreamFailed } from './problem.ts';
export { type EventStreamSettings, guideReconnect, type ReconnectSettings } from './settings.ts';
export { type UsageEvents, type UsageRecord, usageSettings } from './usage.ts';
