/**
 * What went wrong, or just ended:
 * - `end`: the server ended the stream, as it may
 * - `network`: no answer, or the connection broke
 * - `silent`: nothing came for longer than `watchdogMs`
 * - `status`, `content-type`: the answer is no event stream
 * - `limit`: a line or an event is longer than the settings allow
 * - `payload`: data that its decoder refuses; the stream goes on
 * - `gave-up`: as many tries failed in a row as `reconnect.retries` allows
 * - `dropped`: this side dropped the connection, by `restart()` or `suspend()`; told as a state, not as an error
 */
export interface Problem {
  readonly kind: 'end' | 'network' | 'silent' | 'status' | 'content-type' | 'limit' | 'payload' | 'gave-up' | 'dropped';
  readonly message: string;
  readonly cause?: unknown;
  /** The status of the answer, where there was one. */
  readonly status?: number;
  /** The event as it came, of a `payload` problem. */
  readonly raw?: { readonly type: string; readonly data: string; readonly lastEventId: string };
}

/** A stream ended for good by a problem; thrown to whoever iterates over it. */
export class StreamFailed extends Error {
  override readonly name = 'StreamFailed';
  readonly problem: Problem;

  constructor(problem: Problem) {
    // Its cause, where it has one, becomes that of the error.
    super(problem.message, problem);
    this.problem = problem;
  }
}

/** The message of whatever was thrown, and of its cause: `fetch` says in the cause what failed. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? `${thrown.message}: ${thrown.cause.message}` : thrown.message;
}
