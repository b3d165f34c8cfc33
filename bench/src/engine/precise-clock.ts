import type { Clock } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';

/** So long a timer may hold up its thread, ms: what Node's timers leave of a delay. */
const mostHeldMs = 1;
const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/**
 * The machine's clock with timers that keep fractions of a millisecond. Node's drop them, so that a call comes up to 1 ms
 * early, and an event that is published early would be told as faster than it was. The rest is slept through, not spun,
 * so that it takes no CPU from who receives on the same core.
 */
export const preciseClock: Clock = {
  ...systemClock,
  after: (delayMs, callback) => {
    const dueMs = systemClock.now() + delayMs;
    let cancel = (): void => undefined;
    const finish = (): void => {
      const restMs = dueMs - systemClock.now();
      if (restMs > 0) Atomics.wait(cell, 0, 0, restMs);
      callback();
    };
    const wait = (): void => {
      const restMs = dueMs - systemClock.now();
      cancel = restMs < mostHeldMs ? afterPolling(finish) : systemClock.after(restMs, wait);
    };
    wait();
    return () => cancel();
  },
};

/** After what has come to sockets meanwhile, so that short delays one behind another do not keep it waiting. */
function afterPolling(callback: () => void): () => void {
  const immediate = setImmediate(callback);
  return () => clearImmediate(immediate);
}
