import { encodeEvent } from '@ssert/protocol';
import { Batch, type Frame } from './batch.ts';
import { type EventLog, IdTaken, type LogEntry, LogUnavailable, type NewEntry } from './event-log.ts';
import { History, type LoggedEvent } from './history.ts';
import { type LeaveReason, notYet, type Opening, type Sink, type StreamLimits, Subscriber } from './subscriber.ts';

/** Entries that a stream which resumes far back reads from the log at a time. */
const pageEntries = 100;

/**
 * Says that events were missed which the log no longer holds. It has no id: until a live event moves it, the client's
 * last event ID stays one that the log does not know, so a stream that is cut right here is told again.
 */
const resetFrame: Frame = {
  bytes: new TextEncoder().encode(encodeEvent({ event: 'reset', data: '{"status":"reset"}' })),
  type: 'reset',
};

/** What the connection brings to a subscription. */
export interface StreamEnd {
  readonly sink: Sink;
  /** The id that the client saw last. */
  readonly lastEventId?: string | undefined;
  /** Called exactly once, however the stream ends. */
  readonly onLeave?: (reason: LeaveReason, subscriber: Subscriber) => void;
}

/** What streams show of a channel: those of an equal `key` show the same, and share their frames. */
export interface View<Event> {
  readonly key: unknown;
  /** What is shown of an event; undefined where that is nothing. */
  readonly frameOf: (event: Event) => Frame | undefined;
  /** Sent before anything else. */
  readonly greeting?: Frame;
  /** The state as of this call, for a stream that does not resume. Read lazily, at the reader's pace. */
  readonly snapshot?: () => Iterable<Frame>;
}

/** The open streams of one view, and what is to be sent to them next. */
interface Audience<Event> {
  readonly frameOf: View<Event>['frameOf'];
  readonly subscribers: Set<Subscriber>;
  pending: Frame[];
}

export interface ChannelParts<Content, Event> {
  readonly log: EventLog<Content>;
  /** The event as the channel keeps and shows it. */
  readonly eventOf: (entry: LogEntry<Content>) => Event;
  /** Called for each event that comes from the log, before any stream shows it. */
  readonly onEvent?: (event: Event) => void;
  readonly replayEvents: number;
  readonly replayBytes: number;
  readonly limits: StreamLimits;
  /**
   * Calls back once what the server is doing now is done: events that come in together leave together. Default: at
   * once, so each leaves by itself.
   */
  readonly soon?: ((callback: () => void) => void) | undefined;
}

/** Passes each published event to every stream that is open, and keeps the latest for streams that resume. */
export class Channel<Content, Event extends LoggedEvent> {
  readonly #log: EventLog<Content>;
  readonly #eventOf: (entry: LogEntry<Content>) => Event;
  readonly #onEvent: ((event: Event) => void) | undefined;
  readonly #history: History<Event>;
  readonly #limits: StreamLimits;
  readonly #soon: (callback: () => void) => void;
  readonly #audiences = new Map<unknown, Audience<Event>>();
  /** Streams that still take their opening. */
  readonly #opening = new Set<Subscriber>();
  /** Position in the history up to which events were handed to the open streams. */
  #handedOver = 0;
  #size = 0;
  #published = 0;
  #flushing = false;
  #ended = false;

  constructor(parts: ChannelParts<Content, Event>) {
    this.#log = parts.log;
    this.#eventOf = parts.eventOf;
    this.#onEvent = parts.onEvent;
    this.#history = new History({ maxEvents: parts.replayEvents, maxBytes: parts.replayBytes });
    this.#limits = parts.limits;
    this.#soon = parts.soon ?? ((callback) => callback());
  }

  /** Open streams. */
  get size(): number {
    return this.#size;
  }

  /** Events that were published through this channel object, in its life. */
  get publishedEvents(): number {
    return this.#published;
  }

  /** Whether publishers may give ids of their own. */
  get takesIds(): boolean {
    return this.#log.takesIds;
  }

  /**
   * Reads what the log holds, at most its `newest` entries, and follows it from there.
   * @throws LogUnavailable
   */
  async open(newest: number): Promise<void> {
    const onEntry = (entry: LogEntry<Content>): void => {
      const event = this.#eventOf(entry);
      this.#history.append(event);
      this.#onEvent?.(event);
      for (const audience of this.#audiences.values()) {
        const frame = audience.frameOf(event);
        if (frame !== undefined) audience.pending.push(frame);
      }
      if (this.#flushing) return;
      this.#flushing = true;
      this.#soon(() => this.#flush());
    };
    await this.#log.open({ onEntry, onGap: () => this.#forget() }, newest);
  }

  /**
   * Adds events behind all others, to be sent to every open stream; never waits for one.
   * @returns their ids, once they are as safe as the log makes them
   * @throws LogUnavailable, IdTaken
   */
  async publish(entries: readonly NewEntry<Content>[]): Promise<readonly string[]> {
    if (entries.some(({ id }) => id !== undefined && this.#history.positionAfter(id) !== undefined))
      throw new IdTaken();
    const ids = await this.#log.append(entries);
    this.#published += ids.length;
    return ids;
  }

  /** Opens a stream: what it missed or the state, then live events, without a gap or a repetition between them. */
  subscribe(view: View<Event>, { sink, lastEventId, onLeave }: StreamEnd): Subscriber {
    const audience = this.#audienceOf(view);
    const subscriber = new Subscriber({
      sink,
      opening: this.#openingOf(view, lastEventId, () => subscriber.flush()),
      limits: this.#limits,
      onLeave: (reason, left) => {
        this.#size -= 1;
        this.#opening.delete(left);
        audience.subscribers.delete(left);
        if (audience.subscribers.size === 0) this.#audiences.delete(view.key);
        onLeave?.(reason, left);
      },
    });
    audience.subscribers.add(subscriber);
    this.#size += 1;
    subscriber.flush();
    if (subscriber.isOpening) this.#opening.add(subscriber);
    if (this.#ended) subscriber.end('shutdown');
    return subscriber;
  }

  beat(heartbeat: Batch, nowMs: number, stallMs: number): void {
    for (const { subscribers } of this.#audiences.values()) {
      for (const subscriber of subscribers) subscriber.beat(heartbeat, nowMs, stallMs);
    }
    // One that waits for the log tries again.
    for (const subscriber of this.#opening) subscriber.flush();
  }

  /** Ends every stream, those included that are opened later. */
  end(): void {
    this.#flush();
    this.#ended = true;
    for (const subscriber of this.streams()) subscriber.end('shutdown');
  }

  /** Ends one stream, behind all that was published. */
  endStream(subscriber: Subscriber, reason: LeaveReason): void {
    if (this.#flushing) this.#flush();
    subscriber.end(reason);
  }

  /** The streams that are open now. */
  streams(): Subscriber[] {
    return [...this.#audiences.values()].flatMap(({ subscribers }) => [...subscribers]);
  }

  #audienceOf({ key, frameOf }: View<Event>): Audience<Event> {
    let audience = this.#audiences.get(key);
    if (audience === undefined) {
      audience = { frameOf, subscribers: new Set(), pending: [] };
      this.#audiences.set(key, audience);
    }
    return audience;
  }

  /** Hands what is pending to the streams that are live; the others read it from the history themselves. */
  #flush(): void {
    this.#flushing = false;
    for (const audience of this.#audiences.values()) {
      if (audience.pending.length === 0) continue;
      const batch = new Batch(audience.pending);
      audience.pending = [];
      for (const subscriber of audience.subscribers) {
        if (!subscriber.isOpening) subscriber.deliver(batch);
      }
    }
    this.#handedOver = this.#history.end;
    for (const subscriber of this.#opening) {
      if (subscriber.isOpening) subscriber.flush();
      else this.#opening.delete(subscriber);
    }
  }

  /** The log lost events: nobody can go on as if there were no gap. Who reconnects is told, if it missed anything. */
  #forget(): void {
    this.#history.clear();
    for (const subscriber of this.streams()) subscriber.end('events lost');
  }

  /**
   * Frames up to the point where the stream is live: where its position in the history is that of the open streams.
   * @param wake asks for the next frame again
   */
  #openingOf(view: View<Event>, lastEventId: string | undefined, wake: () => void): Opening {
    // Fixed now, not when the generator first runs: the stream counts from the moment it was opened.
    const openedAt = this.#history.end;
    const state = lastEventId === undefined ? view.snapshot?.() : undefined;
    const frames = function* (this: Channel<Content, Event>): Generator<Frame | typeof notYet, undefined> {
      if (view.greeting !== undefined) yield view.greeting;
      if (state !== undefined) yield* state;
      let { cursor, position } =
        lastEventId === undefined
          ? { cursor: undefined, position: openedAt }
          : yield* this.#replay(view, lastEventId, openedAt, wake);
      // Live only when nothing waits to be handed out: that would go to those who were live when it was published.
      while (position < this.#history.end || this.#handedOver < this.#history.end) {
        if (position >= this.#handedOver) {
          yield notYet;
          continue;
        }
        const event = this.#history.at(position);
        if (event === undefined) {
          // The history forgot faster than the client read. The log may still hold what is missing.
          if (cursor === undefined) position = yield* this.#startOver(view, openedAt);
          else ({ cursor, position } = yield* this.#replay(view, cursor, openedAt, wake));
          continue;
        }
        position += 1;
        cursor = event.id;
        const frame = view.frameOf(event);
        if (frame !== undefined) yield frame;
      }
      return undefined;
    };
    return frames.call(this);
  }

  /** What came behind an id and is older than the history. @returns where to go on, in the history and behind which id */
  *#replay(
    view: View<Event>,
    lastEventId: string,
    openedAt: number,
    wake: () => void,
  ): Generator<Frame | typeof notYet, Place> {
    let cursor = lastEventId;
    for (;;) {
      const position = this.#history.positionAfter(cursor);
      if (position !== undefined) return { cursor, position };
      const read = this.#readAfter(cursor, wake);
      while (read.state === 'reading') yield notYet;
      // Nobody was woken by the failure: it is the next event or heartbeat that comes here, and has it tried again.
      if (read.state === 'failed') continue;
      if (read.entries === undefined) return { cursor, position: yield* this.#startOver(view, openedAt) };
      for (const entry of read.entries) {
        cursor = entry.id;
        const frame = view.frameOf(this.#eventOf(entry));
        if (frame !== undefined) yield frame;
      }
      // The log is ahead of the history, which the next event changes.
      if (read.entries.length === 0) yield notYet;
    }
  }

  /** As a new stream, told that it missed something. @returns the position in the history to go on from */
  *#startOver(view: View<Event>, openedAt: number): Generator<Frame, number> {
    yield resetFrame;
    if (view.snapshot === undefined) return Math.max(openedAt, this.#history.start);
    const end = this.#history.end;
    yield* view.snapshot();
    return end;
  }

  #readAfter(id: string, wake: () => void): LogRead<Content> {
    const read: LogRead<Content> = { state: 'reading', entries: undefined };
    this.#log.readAfter(id, pageEntries).then(
      (entries) => {
        read.entries = entries;
        read.state = 'done';
        wake();
      },
      (error) => {
        read.state = 'failed';
        if (!(error instanceof LogUnavailable)) throw error;
      },
    );
    return read;
  }
}

/** How far an opening has come. */
interface Place {
  /** The id behind which it goes on; undefined where the client has none yet. */
  readonly cursor: string | undefined;
  readonly position: number;
}

/** A page of the log that is being read. */
interface LogRead<Content> {
  state: 'reading' | 'done' | 'failed';
  entries: readonly LogEntry<Content>[] | undefined;
}
