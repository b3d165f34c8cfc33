/** Time, handed in, so that a test or a simulation can own it. */
export interface Clock {
  /** Milliseconds since a fixed moment of the clock's own; never goes back. May have a fraction. */
  now(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z: for what people read, never for measuring. */
  wallTime(): number;
  /**
   * Calls `callback` once, `delayMs` from now.
   * @returns a function that cancels the call; calling it later, or twice, does nothing.
   */
  after(delayMs: number, callback: () => void): () => void;
}

/**
 * Resolves after `delayMs`, or at once when `signal` aborts: the caller looks at the signal, so an abort is no error here.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
