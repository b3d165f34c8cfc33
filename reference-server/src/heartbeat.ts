import type { Clock } from '@ssert/protocol';

/**
 * Calls `beat` every `intervalMs`, first after one interval: one timer for all streams, so a new stream hears its
 * first heartbeat within one interval.
 * @returns a function that stops it
 */
export function startHeartbeat(clock: Clock, intervalMs: number, beat: () => void): () => void {
  let cancel = clock.after(intervalMs, tick);
  function tick(): void {
    cancel = clock.after(intervalMs, tick);
    beat();
  }
  return () => cancel();
}
