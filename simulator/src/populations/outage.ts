import type { Random } from '@ssert/protocol';
import { uniform } from '../chance/layers.ts';

/** A time in which the server is away: every connection is lost, and all come back. */
export interface ClientOutage {
  readonly atMs: number;
  readonly lengthMs: number;
  /** What clients wait from one try to the next: the server's `retry`, or their own default. */
  readonly retryMs: number;
  /** `none`: all wait the same, and return in one moment. `full`: each wait is drawn from 0 to `retryMs`. */
  readonly jitter: 'none' | 'full';
}

/** The first try, of one who tries from `fromMs` on, that the server answers again. */
export function backAfter({ atMs, lengthMs, retryMs, jitter }: ClientOutage, fromMs: number, random: Random): number {
  const endMs = atMs + lengthMs;
  if (jitter === 'none') return fromMs + Math.max(1, Math.ceil((endMs - fromMs) / retryMs)) * retryMs;
  let tryMs = fromMs;
  do tryMs += retryMs * uniform(random);
  while (tryMs < endMs);
  return tryMs;
}
