import { encodeEvent } from '@ssert/protocol';
import { History, type LoggedEvent } from './history.ts';
import { type Frame, type LeaveReason, type Sink, Subscriber, type Traffic } from './subscriber.ts';

const utf8 = new TextEncoder();

/**
 * Says that events were missed which the log no longer holds. It has no id: until a live event moves it, the client's
 * last event ID stays one that the log does not know, so a stream that is cut right here is told again.
 */
const resetFrame: Frame = utf8.encode(encodeEvent({ event: 'reset', data: '{"status":"reset"}' }));

/** What the connection brings to a subscription. */
export interface StreamEnd {
  readonly sink: Sink;
  /** The id that the client saw last. */
  readonly lastEventId?: string | undefined;
  /** Called exactly once, however the stream ends. */
  readonly onLeave?: (reason: LeaveReason, traffic: Traffic) => void;
}

/** What one stream wants of a channel. */
export interface Subscription<Event> extends StreamEnd {
  /** What this stream shows of an event; undefined when it shows nothing. */
  readonly frameOf: (event: Event) => Frame | undefined;
  /** Sent before anything else. */
  readonly greeting?: Frame;
  /** The state as of this call, for a stream that does not resume. Read lazily, at the reader's pace. */
  readonly snapshot?: () => Iterable<Frame>;
}

/** Passes each published event to every stream that is open, and keeps the latest for streams that resume. */
export class Channel<Event extends LoggedEvent> {
  readonly #idPrefix: string;
  readonly #history: History<Event>;
  readonly #queueEvents: number;
  readonly #traffic: Traffic;
  /** The open streams, each with what it shows of an event. */
  readonly #subscribers = new Map<Subscriber, Subscription<Event>['frameOf']>();
  #published = 0;
  #ended = false;

  constructor(parts: {
    /** Unlike that of every other channel and of every earlier life of this one, so that no id resumes elsewhere. */
    readonly idPrefix: string;
    readonly replayEvents: number;
    readonly replayBytes: number;
    readonly queueEvents: number;
    readonly traffic: Traffic;
  }) {
    this.#idPrefix = parts.idPrefix;
    this.#history = new History({ maxEvents: parts.replayEvents, maxBytes: parts.replayBytes });
    this.#queueEvents = parts.queueEvents;
    this.#traffic = parts.traffic;
  }

  /** Open streams. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** The id for the next event, if its publisher gives none. */
  get nextId(): string {
    return `${this.#idPrefix}${this.#published + 1}`;
  }

  /** Whether a publisher may not use this id: an event in the log has it, or the channel may assign it itself. */
  isTaken(id: string): boolean {
    return id.startsWith(this.#idPrefix) || this.#history.positionAfter(id) !== undefined;
  }

  /** Queues the event for every open stream; never waits for one. */
  publish(event: Event): void {
    this.#published += 1;
    this.#history.append(event);
    for (const [subscriber, frameOf] of this.#subscribers) {
      if (subscriber.isOpening) continue;
      const frame = frameOf(event);
      if (frame !== undefined) subscriber.offer(frame);
    }
  }

  /** Opens a stream: what it missed or the state, then live events, without a gap or a repetition between them. */
  subscribe(subscription: Subscription<Event>): Subscriber {
    const subscriber: Subscriber = new Subscriber({
      sink: subscription.sink,
      opening: this.#opening(subscription),
      queueEvents: this.#queueEvents,
      traffic: this.#traffic,
      onLeave: (reason) => {
        this.#subscribers.delete(subscriber);
        subscription.onLeave?.(reason, subscriber);
      },
    });
    this.#subscribers.set(subscriber, subscription.frameOf);
    subscriber.flush();
    if (this.#ended) subscriber.end();
    return subscriber;
  }

  beat(frame: Frame, nowMs: number, stallMs: number): void {
    for (const subscriber of this.#subscribers.keys()) subscriber.beat(frame, nowMs, stallMs);
  }

  /** Ends every stream, those included that are opened later. */
  end(): void {
    this.#ended = true;
    for (const subscriber of this.#subscribers.keys()) subscriber.end();
  }

  #opening({ lastEventId, frameOf, greeting, snapshot }: Subscription<Event>): Iterator<Frame> {
    const history = this.#history;
    const resumeAt = lastEventId === undefined ? undefined : history.positionAfter(lastEventId);
    // Fixed now, not when the generator first runs: the stream counts from the moment it was opened.
    const openedAt = history.end;
    const state = resumeAt === undefined ? snapshot?.() : undefined;
    return (function* () {
      if (greeting !== undefined) yield greeting;
      if (lastEventId !== undefined && resumeAt === undefined) yield resetFrame;
      if (state !== undefined) yield* state;
      // The log is the queue of a stream that catches up, so a long replay costs it no memory of its own.
      let position = resumeAt ?? openedAt;
      while (position < history.end) {
        const event = history.at(position);
        if (event === undefined) {
          // The log forgot faster than the client read: from here on as if it had come with an id that has expired.
          yield resetFrame;
          position = history.end;
          if (snapshot !== undefined) yield* snapshot();
          continue;
        }
        position += 1;
        const frame = frameOf(event);
        if (frame !== undefined) yield frame;
      }
    })();
  }
}
