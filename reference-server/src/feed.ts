import { type Clock, type OutgoingEvent, type Random, SettingError, seededRandom } from '@ssert/protocol';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import { Channel, type StreamEnd } from './channel.ts';
import { type EventContent, EventFeed, RefusedEvent } from './event-feed.ts';
import type { EventStore } from './event-log.ts';
import { heartbeatBatch, startHeartbeat } from './heartbeat.ts';
import { MemoryStore } from './memory-store.ts';
import { resolveSettings, type ServerSettings } from './settings.ts';
import { retryAfterSeconds } from './spread.ts';
import type { Subscriber } from './subscriber.ts';

/** The settings of the reference server that are about streams; `serverSettings` has their defaults and ranges. */
export type FeedSettings = Pick<
  ServerSettings,
  | 'heartbeatMs'
  | 'heartbeatAs'
  | 'maxStreams'
  | 'queueEvents'
  | 'slowPolicy'
  | 'replayEvents'
  | 'replayBytes'
  | 'stallMs'
  | 'stopMs'
  | 'maxEventBytes'
>;

const feedSettings: Readonly<Record<keyof FeedSettings, true>> = {
  heartbeatMs: true,
  heartbeatAs: true,
  maxStreams: true,
  queueEvents: true,
  slowPolicy: true,
  replayEvents: true,
  replayBytes: true,
  stallMs: true,
  stopMs: true,
  maxEventBytes: true,
};

export type FeedOptions = { readonly [Name in keyof FeedSettings]?: FeedSettings[Name] | undefined } & {
  /** Where events are kept for streams that resume; whoever opened it closes it. Default: this process's memory. */
  readonly store?: EventStore | undefined;
  /** The feed's name in the store: each feed of a store has its own. Default `events`. */
  readonly name?: string | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default: one with a seed nobody chose. */
  readonly random?: Random | undefined;
};

/**
 * Opens a feed: what is published there goes to each of its streams.
 * @throws SettingError when an option cannot be used; LogUnavailable when the store cannot be read
 */
export async function createFeed(options: FeedOptions = {}): Promise<Feed> {
  const { store: given, name = 'events', clock = systemClock, random = seededRandom(freshSeed()), ...rest } = options;
  const names = Object.keys(feedSettings);
  const unknown = Object.keys(rest).find((key) => !names.includes(key));
  if (unknown !== undefined) throw new SettingError(unknown, 'not a setting of a feed', `one of ${names.join(' ')}`);
  const settings = resolveSettings(rest);
  const { queueEvents, slowPolicy, replayEvents, replayBytes } = settings;
  const traffic = { sentEvents: 0, droppedEvents: 0 };
  const store = given ?? MemoryStore.fresh(clock, random);
  const channel = new Channel({
    log: store.log<EventContent>(name),
    eventOf: EventFeed.eventOf,
    replayEvents,
    replayBytes,
    limits: { queueEvents, slowPolicy, traffic },
    // Not in every runtime; without it each event leaves by itself. Workers insist on its `this`.
    soon: globalThis.setImmediate?.bind(globalThis),
  });
  await channel.open(replayEvents);
  return new Feed({ settings, store, clock, random, traffic, events: new EventFeed(channel, settings.maxEventBytes) });
}

/** What an adapter needs to know of a feed to answer requests with its streams. */
export type StreamSource = Pick<Feed, 'isClosed' | 'isFull' | 'retryAfterSeconds' | 'subscribe'>;

/** Events and the streams that they go to; what opens a stream for a request is an adapter. */
export class Feed {
  readonly #settings: FeedSettings;
  readonly #store: EventStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #traffic: { readonly sentEvents: number; readonly droppedEvents: number };
  readonly #events: EventFeed;
  /** Undefined while there is no stream to hear it: a feed that is let go of leaves no timer behind. */
  #stopHeartbeat: (() => void) | undefined;
  #closed = false;

  /** For {@link createFeed}. */
  constructor(parts: {
    readonly settings: FeedSettings;
    readonly store: EventStore;
    readonly clock: Clock;
    readonly random: Random;
    readonly traffic: { readonly sentEvents: number; readonly droppedEvents: number };
    readonly events: EventFeed;
  }) {
    this.#settings = parts.settings;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#traffic = parts.traffic;
    this.#events = parts.events;
  }

  get openStreams(): number {
    return this.#events.channel.size;
  }

  /** Events sent, one for each event and stream. */
  get sentEvents(): number {
    return this.#traffic.sentEvents;
  }

  /** Events that a slow stream did not get, one for each event and stream. */
  get droppedEvents(): number {
    return this.#traffic.droppedEvents;
  }

  /** Why nothing can be published now, for people to read; undefined while all is well. */
  get problem(): string | undefined {
    return this.#store.problem;
  }

  /** Whether its streams were ended for good. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether the next stream would be one too many. */
  get isFull(): boolean {
    return this.#closed || this.openStreams >= this.#settings.maxStreams;
  }

  /** When who is sent away should come back: spread, so that they do not all come in the same second. */
  retryAfterSeconds(): number {
    return retryAfterSeconds(this.#random);
  }

  /**
   * Sends the event to every stream; never waits for one. It may come as it was parsed from JSON: each field is checked.
   * @returns its id, once the event is as safe as the store makes it
   * @throws RefusedEvent when it cannot be sent as it is; LogUnavailable when it could not be stored
   */
  async publish(event: OutgoingEvent): Promise<string> {
    const { data, event: type, id, retry } = requireFields(event);
    return this.#events.publish({
      data,
      ...(type !== undefined && { event: type }),
      ...(id !== undefined && { id }),
      ...(retry !== undefined && { retry }),
    });
  }

  /**
   * Opens a stream; for adapters.
   * @param signal ends it behind whole events
   */
  subscribe(end: StreamEnd, signal?: AbortSignal): Subscriber {
    const { heartbeatAs, heartbeatMs, stallMs } = this.#settings;
    const { channel } = this.#events;
    if (this.#stopHeartbeat === undefined) {
      const heartbeat = heartbeatBatch(heartbeatAs);
      const beat = (): void => channel.beat(heartbeat, this.#clock.now(), stallMs);
      this.#stopHeartbeat = startHeartbeat(this.#clock, heartbeatMs, beat);
    }
    const onAbort = (): void => {
      channel.endStream(subscriber, 'ended');
      this.#cutBlocked([subscriber]);
    };
    signal?.addEventListener('abort', onAbort);
    const subscriber = this.#events.subscribe({
      ...end,
      onLeave: (reason, subscriber) => {
        signal?.removeEventListener('abort', onAbort);
        if (channel.size === 0) {
          this.#stopHeartbeat?.();
          this.#stopHeartbeat = undefined;
        }
        end.onLeave?.(reason, subscriber);
      },
    });
    if (signal?.aborted) onAbort();
    return subscriber;
  }

  /**
   * Ends every stream behind whole events, and turns away who comes later. A reader that takes nothing would keep its
   * stream, and with it the process: after `stopMs` what is left of such streams is cut.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { channel } = this.#events;
    const streams = channel.streams();
    channel.end();
    this.#cutBlocked(streams);
  }

  /** Cuts, after `stopMs`, what is left of streams that were ended and whose readers do not take it. */
  #cutBlocked(ended: readonly Subscriber[]): void {
    const blocked = ended.filter(({ isBlocked }) => isBlocked);
    if (blocked.length === 0) return;
    this.#clock.after(this.#settings.stopMs, () => {
      for (const stream of blocked) stream.cut('shutdown');
    });
  }
}

/** Refuses what is no event at all; what its fields may hold is the feed's business. */
function requireFields(event: unknown): OutgoingEvent {
  if (typeof event !== 'object' || event === null) {
    throw new RefusedEvent('data', 'invalid', 'the event is no object; give one with data');
  }
  for (const field of ['event', 'id'] as const) {
    const value = (event as Record<string, unknown>)[field];
    if (value === undefined || typeof value === 'string') continue;
    throw new RefusedEvent(field, 'invalid', `${field} is of type ${typeof value}; give a string`);
  }
  return event as OutgoingEvent;
}
