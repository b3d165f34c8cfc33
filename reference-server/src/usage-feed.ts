import { type Clock, encodeEvent } from '@ssert/protocol';
import type { Frame } from './batch.ts';
import { Channel, type ChannelParts, type StreamEnd } from './channel.ts';
import type { LogEntry } from './event-log.ts';
import type { LoggedEvent } from './history.ts';
import type { Subscriber } from './subscriber.ts';
import type { UsageRecord } from './usage-record.ts';
import { UsageStore } from './usage-store.ts';

const utf8 = new TextEncoder();
const connectedFrame: Frame = {
  bytes: utf8.encode(encodeEvent({ event: 'connected', data: '{"status":"connected"}' })),
  type: 'connected',
};
const hourMs = 3_600_000;
/** Records in one event at most. */
const batchRecords = 100;

/** How many events the publication of so many records makes. */
export function eventsOfRecords(count: number): number {
  return Math.ceil(count / batchRecords);
}

/** What the log keeps of an event beside its id. */
export interface UsageContent {
  readonly records: readonly UsageRecord[];
  /** Streams show what was recent when the event was published, so a replay shows what the live stream did. */
  readonly publishedAtMs: number;
}

export interface UsageEvent extends UsageContent, LoggedEvent {
  /** The event with all its records, which is what nearly every stream shows. */
  readonly frame: Frame;
}

/** The usage records: a store of the recent ones and a channel of the new ones. */
export class UsageFeed {
  readonly channel: Channel<UsageContent, UsageEvent>;
  readonly #store: UsageStore;
  readonly #clock: Clock;

  constructor(parts: {
    readonly clock: Clock;
    readonly storedRecords: number;
    readonly channel: Omit<ChannelParts<UsageContent, UsageEvent>, 'eventOf'>;
  }) {
    this.#clock = parts.clock;
    const store = new UsageStore(parts.storedRecords);
    this.#store = store;
    this.channel = new Channel({
      ...parts.channel,
      eventOf: usageEventOf,
      onEvent: ({ records }) => store.add(records),
    });
  }

  /**
   * Stores the records and pushes them to every stream, all of them or none.
   * @throws LogUnavailable when they could not be stored
   */
  async publish(records: readonly UsageRecord[]): Promise<void> {
    const publishedAtMs = this.#clock.wallTime();
    await this.channel.publish([...batches(records)].map((batch) => ({ content: { records: batch, publishedAtMs } })));
  }

  /** Opens a stream of the records of the last `hours` hours. */
  subscribe(hours: number, end: StreamEnd): Subscriber {
    const view = {
      key: hours,
      greeting: connectedFrame,
      frameOf: (event: UsageEvent) => frameOf(event, hours),
      snapshot: () => framesOf(this.#store.since(this.#clock.wallTime() - hours * hourMs)),
    };
    return this.channel.subscribe(view, end);
  }
}

function usageEventOf({ id, content }: LogEntry<UsageContent>): UsageEvent {
  const frame = usageFrame(content.records, id);
  return { ...content, id, frame, sizeBytes: frame.bytes.length };
}

function frameOf(event: UsageEvent, hours: number): Frame | undefined {
  const sinceMs = event.publishedAtMs - hours * hourMs;
  const recent = event.records.filter((record) => Date.parse(record.createdAt) >= sinceMs);
  if (recent.length === 0) return undefined;
  return recent.length === event.records.length ? event.frame : usageFrame(recent, event.id);
}

function usageFrame(records: readonly UsageRecord[], id?: string): Frame {
  const data = JSON.stringify(records);
  return { bytes: utf8.encode(encodeEvent({ event: 'usage', data, ...(id !== undefined && { id }) })), type: 'usage' };
}

function* framesOf(records: Iterable<UsageRecord>): Generator<Frame> {
  for (const batch of batches(records)) yield usageFrame(batch);
}

function* batches(records: Iterable<UsageRecord>): Generator<UsageRecord[]> {
  let batch: UsageRecord[] = [];
  for (const record of records) {
    batch.push(record);
    if (batch.length < batchRecords) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
