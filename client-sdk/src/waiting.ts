import type { Random } from '@ssert/protocol';
import type { Reconnect } from './settings.ts';

/** What the next wait depends on. */
export interface WaitInput {
  /** The reconnection time: the server's last `retry`, or undefined where it named none. In ms. */
  readonly retryMs: number | undefined;
  /** Tries that failed since a connection last opened. */
  readonly failures: number;
  /** What a refusing server asked for by `Retry-After`, in ms. */
  readonly retryAfterMs: number | undefined;
}

/**
 * How long to wait before the next try, in ms. Never shorter than the reconnection time (HTML 9.2.3, "reestablish the
 * connection"): failures multiply it, up to the maximum, and jitter adds to it.
 */
export function waitMs(
  { retryMs, failures, retryAfterMs = 0 }: WaitInput,
  { initial, max, factor, jitter }: Reconnect,
  random: Random,
): number {
  const base = retryMs ?? initial;
  // From 1 ms, as a server that asks for no wait at all would else be asked again without end while it is down.
  const grown = failures === 0 ? base : Math.max(base, Math.min(Math.max(base, 1) * factor ** failures, max));
  const wait = Math.max(grown, retryAfterMs);
  return wait + wait * jitter * random.next();
}

/**
 * What a `Retry-After` field asks for, in ms (RFC 9110 10.2.3); undefined where it is absent or neither form.
 * @param nowMs the time of day, for a date
 */
export function retryAfterMs(field: string | null, nowMs: number): number | undefined {
  if (field === null) return undefined;
  if (/^\d+$/.test(field.trim())) return Number(field) * 1000;
  const date = Date.parse(field);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
