import { type Clock, encodeEvent } from '@ssert/protocol';
import type { Channel, StreamEnd } from './channel.ts';
import type { LoggedEvent } from './history.ts';
import type { Frame, Subscriber } from './subscriber.ts';
import type { UsageRecord } from './usage-record.ts';
import { UsageStore } from './usage-store.ts';

const utf8 = new TextEncoder();
const connectedFrame = utf8.encode(encodeEvent({ event: 'connected', data: '{"status":"connected"}' }));
const hourMs = 3_600_000;
/** Records in one event at most. */
const batchRecords = 100;

export interface UsageEvent extends LoggedEvent {
  readonly records: readonly UsageRecord[];
  /** Streams show what was recent when the event was published, so a replay shows what the live stream did. */
  readonly publishedAtMs: number;
  /** The event with all its records, which is what nearly every stream shows. */
  readonly frame: Frame;
}

/** The usage records: a store of the recent ones and a channel of the new ones. */
export class UsageFeed {
  readonly channel: Channel<UsageEvent>;
  readonly #store: UsageStore;
  readonly #clock: Clock;
  /** What streams show of the event that was sent last, by their hours: streams of the same window share a frame. */
  #shown = { id: '', byHours: new Map<number, Frame | undefined>() };

  constructor(parts: {
    readonly clock: Clock;
    readonly storedRecords: number;
    readonly channel: Channel<UsageEvent>;
  }) {
    this.#clock = parts.clock;
    this.#store = new UsageStore(parts.storedRecords);
    this.channel = parts.channel;
  }

  /** Stores the records and pushes them to every stream. */
  publish(records: readonly UsageRecord[]): void {
    this.#store.add(records);
    for (const batch of batches(records)) {
      const id = this.channel.nextId;
      const frame = usageFrame(batch, id);
      const publishedAtMs = this.#clock.wallTime();
      this.channel.publish({ id, records: batch, publishedAtMs, frame, sizeBytes: frame.length });
    }
  }

  /** Opens a stream of the records of the last `hours` hours. */
  subscribe(hours: number, end: StreamEnd): Subscriber {
    return this.channel.subscribe({
      ...end,
      greeting: connectedFrame,
      frameOf: (event) => this.#frameOf(event, hours),
      snapshot: () => framesOf(this.#store.since(this.#clock.wallTime() - hours * hourMs)),
    });
  }

  #frameOf(event: UsageEvent, hours: number): Frame | undefined {
    if (this.#shown.id !== event.id) this.#shown = { id: event.id, byHours: new Map() };
    const { byHours } = this.#shown;
    if (!byHours.has(hours)) byHours.set(hours, frameOf(event, hours));
    return byHours.get(hours);
  }
}

function frameOf(event: UsageEvent, hours: number): Frame | undefined {
  const sinceMs = event.publishedAtMs - hours * hourMs;
  const recent = event.records.filter((record) => Date.parse(record.createdAt) >= sinceMs);
  if (recent.length === 0) return undefined;
  return recent.length === event.records.length ? event.frame : usageFrame(recent, event.id);
}

function usageFrame(records: readonly UsageRecord[], id?: string): Frame {
  const data = JSON.stringify(records);
  return utf8.encode(encodeEvent({ event: 'usage', data, ...(id !== undefined && { id }) }));
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
