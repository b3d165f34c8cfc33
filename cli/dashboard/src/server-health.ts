import { systemClock } from '@ssert/protocol/system';
import { useEffect, useState } from 'react';

const everyMs = 5000;

/** What the page shows of `GET /health`. */
export interface ServerHealth {
  readonly status: string;
  readonly problem?: string;
  readonly activeConnections: number;
  readonly totalMessages: number;
  readonly droppedMessages: number;
  readonly uptime: number;
}

/**
 * What the server last said of itself, asked for every few seconds while somebody looks; undefined while it does not answer.
 * @param moment asks again at once when it changes
 */
export function useServerHealth(moment: string): ServerHealth | undefined {
  const [health, setHealth] = useState<ServerHealth>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new moment is what asks again.
  useEffect(() => {
    const over = new AbortController();
    let cancel = (): void => {};
    const ask = async (): Promise<void> => {
      cancel();
      if (document.hidden) return;
      const signal = AbortSignal.any([over.signal, AbortSignal.timeout(everyMs)]);
      // A server that stops says so with a 503.
      const answer = await fetch('/health', { signal })
        .then((response) => response.json())
        .catch(() => undefined);
      if (over.signal.aborted) return;
      setHealth(answer);
      cancel = systemClock.after(everyMs, () => void ask());
    };
    document.addEventListener('visibilitychange', () => void ask(), { signal: over.signal });
    void ask();
    return () => {
      over.abort();
      cancel();
    };
  }, [moment]);
  return health;
}
