import type { Problem } from './problem.ts';

/** Event types and what their data is once decoded. */
export type EventMap = Record<string, unknown>;

/** An event of the stream, dispatched at its blank line (HTML 9.2.6). */
export class StreamEvent<T = string, K extends string = string> extends Event {
  declare readonly type: K;
  readonly data: T;
  /** The last event ID string as it was when the event was dispatched. */
  readonly lastEventId: string;
  /** The origin of the response that it came in, after redirects. */
  readonly origin: string;

  constructor(type: K, init: { readonly data: T; readonly lastEventId: string; readonly origin: string }) {
    super(type);
    this.data = init.data;
    this.lastEventId = init.lastEventId;
    this.origin = init.origin;
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
