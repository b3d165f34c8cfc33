import { type Clock, encodeComment, encodeEvent } from '@ssert/protocol';
import { Batch } from './batch.ts';

const heartbeatEvent = { event: 'heartbeat', data: '{"status":"alive"}' };

/** What all streams are sent as a heartbeat. */
export function heartbeatBatch(as: 'comment' | 'event'): Batch {
  const text = as === 'event' ? encodeEvent(heartbeatEvent) : encodeComment('');
  return new Batch([{ bytes: new TextEncoder().encode(text) }]);
}

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
