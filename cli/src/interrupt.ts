import type { Clock } from '@ssert/protocol';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A launcher such as npx passes Ctrl-C on to a process that the terminal has told already. */
const echoMs = 500;

/**
 * Turns the first signal that asks the process to end into an abort; the second one ends it at once.
 * @param onFirst told about the first
 */
export function abortOnSignal(clock: Clock, onFirst: () => void): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const listen = (): void => {
    if (firstAtMs === undefined) {
      firstAtMs = clock.now();
      onFirst();
      controller.abort();
    } else if (clock.now() - firstAtMs > echoMs) process.exit(130);
  };
  for (const name of signals) process.on(name, listen);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.removeListener(name, listen);
    },
  };
}
