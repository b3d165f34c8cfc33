import type { Problem } from './problem.ts';

/** Event types and what their data is once decoded. */
export type EventMap = Record<string, unknown>;

/** An event of the stream (HTML 9.2.6), as a loop and `onEvent` get it. */
export interface StreamMessage<T = string, K extends string = string> {
  readonly type: K;
  readonly data: T;
  /** The last event ID string as it was when the event was dispatched. */
  readonly lastEventId: string;
  /** The origin of the response that it came in, after redirects. */
  readonly origin: string;
}

/** An event of the stream, by the types of its map. */
export type MessageOf<M extends EventMap> = { [K in keyof M & string]: StreamMessage<M[K], K> }[keyof M & string];

/** An event of the stream, as listeners get it. */
export class StreamEvent<T = string, K extends string = string> extends Event implements StreamMessage<T, K> {
  declare readonly type: K;
  readonly data: T;
  readonly lastEventId: string;
  readonly origin: string;

  constructor({ type, data, lastEventId, origin }: StreamMessage<T, K>) {
    super(type);
    this.data = data;
    this.lastEventId = lastEventId;
    this.origin = origin;
  }
}

/** Told by `error`: something went wrong, and whether the stream tries again. */
export class StreamErrorEvent extends Event {
  declare readonly type: 'error';
  readonly problem: Problem;
  /** False where this was the end; true for a payload that could not be decoded as well: the stream is still open. */
  readonly goesOn: boolean;

  constructor(problem: Problem, goesOn: boolean) {
    super('error');
    this.problem = problem;
    this.goesOn = goesOn;
  }
}

/** What a stream is at, told by `state` whenever it changes. */
export type StreamState =
  | { readonly name: 'connecting' }
  | { readonly name: 'open' }
  /** Between two tries; without `retryInMs` it waits for `resume()`. */
  | { readonly name: 'waiting'; readonly problem?: Problem; readonly retryInMs?: number; readonly failures: number }
  /** For good; without a problem because `close()` was called, the signal aborted, or the server said 204. */
  | { readonly name: 'closed'; readonly problem?: Problem };
