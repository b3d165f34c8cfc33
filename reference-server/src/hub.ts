import type { Clock, Random } from '@ssert/protocol';
import { Channel } from './channel.ts';
import { type EventContent, EventFeed } from './event-feed.ts';
import type { EventStore } from './event-log.ts';
import { heartbeatBatch, startHeartbeat } from './heartbeat.ts';
import type { ServerSettings } from './settings.ts';
import { spread } from './spread.ts';
import type { StreamLimits, Subscriber, Traffic } from './subscriber.ts';
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

/** What one channel did since the start. */
export interface ChannelCounts extends Readonly<Traffic> {
  readonly channel: string;
  readonly openStreams: number;
  readonly publishedEvents: number;
}

/** A channel, whatever it carries, under its name and with its counts. */
interface NamedChannel {
  readonly name: string;
  readonly traffic: Traffic;
  readonly channel: Pick<Channel<never, never>, 'size' | 'publishedEvents' | 'beat' | 'end' | 'endStream' | 'streams'>;
}

/** All that the server holds between requests: its feeds, their heartbeat and the counts. */
export class Hub {
  readonly usage: UsageFeed;
  /** Undefined unless the setting `events` opens it. */
  readonly events: EventFeed | undefined;
  readonly #settings: ServerSettings;
  readonly #clock: Clock;
  readonly #store: EventStore;
  readonly #random: Random;
  readonly #channels: readonly NamedChannel[];
  readonly #startedMs: number;
  #stopHeartbeat: (() => void) | undefined;
  #errors = 0;
  #stopping = false;

  constructor(parts: {
    readonly settings: ServerSettings;
    readonly clock: Clock;
    readonly random: Random;
    readonly store: EventStore;
    /** See {@link Channel}: what batches the events that come in together. */
    readonly soon?: (callback: () => void) => void;
  }) {
    const { settings, clock, random, store, soon } = parts;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#store = store;
    this.#startedMs = clock.now();
    const { queueEvents, slowPolicy, replayEvents, replayBytes, storedRecords } = settings;
    const shared = <Content>(channel: string, traffic: Traffic) => {
      const limits: StreamLimits = { queueEvents, slowPolicy, traffic };
      return { replayEvents, replayBytes, limits, soon, log: store.log<Content>(channel) };
    };
    const usageTraffic = { sentEvents: 0, droppedEvents: 0 };
    this.usage = new UsageFeed({ clock, storedRecords, channel: shared('usage', usageTraffic) });
    const usage = { name: 'usage', channel: this.usage.channel, traffic: usageTraffic };
    if (settings.events) {
      const traffic = { sentEvents: 0, droppedEvents: 0 };
      const channel = new Channel({ ...shared<EventContent>('events', traffic), eventOf: EventFeed.eventOf });
      this.events = new EventFeed(channel, settings.maxEventBytes);
      this.#channels = [usage, { name: 'events', channel, traffic }];
    } else {
      this.#channels = [usage];
    }
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
      totalMessages: sum(this.#channels, ({ traffic }) => traffic.sentEvents),
      droppedMessages: sum(this.#channels, ({ traffic }) => traffic.droppedEvents),
      errorCount: this.#errors,
      uptime: (this.#clock.now() - this.#startedMs) / 1000,
    };
  }

  get channelCounts(): ChannelCounts[] {
    return this.#channels.map(({ name, channel, traffic }) => ({
      channel: name,
      openStreams: channel.size,
      publishedEvents: channel.publishedEvents,
      ...traffic,
    }));
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
      for (const { channel } of this.#channels) channel.beat(batch, this.#clock.now(), stallMs);
    });
  }

  /**
   * Stops the heartbeat and ends every stream: in random order over at most half of `stopMs`, so that their clients do
   * not all come back in the same moment. A few end at once.
   */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#stopHeartbeat?.();
    const streams = this.#channels.flatMap(({ channel }) =>
      channel.streams().map((subscriber): [NamedChannel['channel'], Subscriber] => [channel, subscriber]),
    );
    const end = (): void => {
      for (const { channel } of this.#channels) channel.end();
    };
    spread(streams, ([channel, subscriber]) => channel.endStream(subscriber, 'shutdown'), end, {
      clock: this.#clock,
      random: this.#random,
      withinMs: this.#settings.stopMs / 2,
    });
  }

  get #openStreams(): number {
    return sum(this.#channels, ({ channel }) => channel.size);
  }
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
