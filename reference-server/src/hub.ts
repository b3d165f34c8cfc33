import type { Clock } from '@ssert/protocol';
import { Channel } from './channel.ts';
import { EventFeed } from './event-feed.ts';
import type { EventStore } from './event-log.ts';
import { heartbeatBatch, startHeartbeat } from './heartbeat.ts';
import type { ServerSettings } from './settings.ts';
import type { StreamLimits } from './subscriber.ts';
import { UsageFeed } from './usage-feed.ts';

/** What `GET /health` answers. */
export interface Health {
  /** `degraded`: streams stay open, and publishing fails until the event log is back. */
  readonly status: 'ok' | 'degraded' | 'stopping';
  /** Why the server is degraded. */
  readonly problem?: string;
  /** Streams that are open. */
  readonly activeConnections: number;
  /** Events sent, one for each event and stream. */
  readonly totalMessages: number;
  /** Events that a slow stream did not get, one for each event and stream. */
  readonly droppedMessages: number;
  /** Requests that the server failed, and streams that a connection error ended. */
  readonly errorCount: number;
  /** Seconds since the start. */
  readonly uptime: number;
}

/** All that the server holds between requests: its feeds, their heartbeat and the counts. */
export class Hub {
  readonly usage: UsageFeed;
  /** Undefined unless the setting `events` opens it. */
  readonly events: EventFeed | undefined;
  readonly #settings: ServerSettings;
  readonly #clock: Clock;
  readonly #store: EventStore;
  readonly #channels: readonly Pick<Channel<never, never>, 'size' | 'beat' | 'end'>[];
  readonly #traffic = { sentEvents: 0, droppedEvents: 0 };
  readonly #startedMs: number;
  #stopHeartbeat: (() => void) | undefined;
  #errors = 0;
  #stopping = false;

  constructor(parts: {
    readonly settings: ServerSettings;
    readonly clock: Clock;
    readonly store: EventStore;
    /** See {@link Channel}: what batches the events that come in together. */
    readonly soon?: (callback: () => void) => void;
  }) {
    const { settings, clock, store, soon } = parts;
    this.#settings = settings;
    this.#clock = clock;
    this.#store = store;
    this.#startedMs = clock.now();
    const { queueEvents, slowPolicy, replayEvents, replayBytes, storedRecords } = settings;
    const limits: StreamLimits = { queueEvents, slowPolicy, traffic: this.#traffic };
    const shared = { replayEvents, replayBytes, limits, soon };
    this.usage = new UsageFeed({ clock, storedRecords, channel: { ...shared, log: store.log('usage') } });
    this.events = settings.events
      ? new EventFeed(new Channel({ ...shared, log: store.log('events'), eventOf: EventFeed.eventOf }))
      : undefined;
    this.#channels = this.events ? [this.usage.channel, this.events.channel] : [this.usage.channel];
  }

  /** Whether the next stream would be one too many. */
  get isFull(): boolean {
    return this.#openStreams >= this.#settings.maxStreams;
  }

  /** Whether {@link stop} was called. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  get health(): Health {
    const { problem } = this.#store;
    return {
      status: this.#stopping ? 'stopping' : problem === undefined ? 'ok' : 'degraded',
      ...(problem !== undefined && { problem }),
      activeConnections: this.#openStreams,
      totalMessages: this.#traffic.sentEvents,
      droppedMessages: this.#traffic.droppedEvents,
      errorCount: this.#errors,
      uptime: (this.#clock.now() - this.#startedMs) / 1000,
    };
  }

  countError(): void {
    this.#errors += 1;
  }

  /**
   * Reads what the event log holds and starts the heartbeat of all streams, those that are opened later too.
   * @throws LogUnavailable
   */
  async start(): Promise<void> {
    const { heartbeatAs, heartbeatMs, stallMs, storedRecords, replayEvents } = this.#settings;
    await this.usage.channel.open(Math.max(storedRecords, replayEvents));
    await this.events?.channel.open(replayEvents);
    const batch = heartbeatBatch(heartbeatAs);
    this.#stopHeartbeat = startHeartbeat(this.#clock, heartbeatMs, () => {
      for (const channel of this.#channels) channel.beat(batch, this.#clock.now(), stallMs);
    });
  }

  /** Stops the heartbeat and ends every stream. */
  stop(): void {
    this.#stopping = true;
    this.#stopHeartbeat?.();
    for (const channel of this.#channels) channel.end();
  }

  get #openStreams(): number {
    return this.#channels.reduce((sum, channel) => sum + channel.size, 0);
  }
}
