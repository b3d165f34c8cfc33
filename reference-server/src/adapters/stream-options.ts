import type { LeaveReason } from '../subscriber.ts';

/** What one stream may have of its own. */
export interface StreamOptions {
  /** The id to resume behind. Default: that of the Last-Event-ID header. */
  readonly lastEventId?: string | undefined;
  /** Ends the stream behind whole events when it aborts: with `AbortSignal.timeout(ms)` after its time. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the stream is over. */
  readonly onLeave?: ((reason: LeaveReason, counts: StreamCounts) => void) | undefined;
}

/** Events that one stream got, and those that it was too slow for. */
export interface StreamCounts {
  readonly sentEvents: number;
  readonly droppedEvents: number;
}
