import { type Clock, encodeComment, encodeEvent, type Random } from '@ssert/protocol';
import { Channel } from './channel.ts';
import { EventFeed } from './event-feed.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { LoggedEvent } from './history.ts';
import type { ServerSettings } from './settings.ts';
import type { Traffic } from './subscriber.ts';
import { UsageFeed } from './usage-feed.ts';

/** What `GET /health` answers. */
interface Health {
  readonly status: 'ok' | 'stopping';
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
  readonly #channels: readonly Pick<Channel<never>, 'size' | 'beat' | 'end'>[];
  readonly #traffic: Traffic = { sentEvents: 0, droppedEvents: 0 };
  readonly #startedMs: number;
  #stopHeartbeat: (() => void) | undefined;
  #errors = 0;
  #stopping = false;

  constructor(settings: ServerSettings, clock: Clock, random: Random) {
    this.#settings = settings;
    this.#clock = clock;
    this.#startedMs = clock.now();
    // Chance beside the time, as the wall clock may be set back between two lives.
    const life = Math.floor(clock.wallTime()).toString(36) + Math.floor(random.next() * 36 ** 4).toString(36);
    const channel = <Event extends LoggedEvent>(name: string): Channel<Event> =>
      new Channel<Event>({ ...settings, idPrefix: `${name}-${life}-`, traffic: this.#traffic });
    this.usage = new UsageFeed({ clock, storedRecords: settings.storedRecords, channel: channel('usage') });
    this.events = settings.events ? new EventFeed(channel('events')) : undefined;
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
    return {
      status: this.#stopping ? 'stopping' : 'ok',
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

  /** Starts the heartbeat of all streams, those that are opened later too. */
  start(): void {
    const { heartbeatAs, heartbeatMs, stallMs } = this.#settings;
    const frame = heartbeatFrame(heartbeatAs);
    this.#stopHeartbeat = startHeartbeat(this.#clock, heartbeatMs, () => {
      for (const channel of this.#channels) channel.beat(frame, this.#clock.now(), stallMs);
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

function heartbeatFrame(as: ServerSettings['heartbeatAs']): Uint8Array {
  const text = as === 'event' ? encodeEvent({ event: 'heartbeat', data: '{"status":"alive"}' }) : encodeComment('');
  return new TextEncoder().encode(text);
}
