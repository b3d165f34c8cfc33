import type { Clock } from '@ssert/protocol';
import { EventQueue } from './event-queue.ts';
import type { RunEvent } from './result.ts';

/** How a run ends early. */
export type BreakOff = Extract<RunEvent, { kind: 'broken-off' }>;

/** One run, of rules for servers or for clients. */
export interface Conductor {
  /** Runs to the end, and releases everything before it settles. */
  conduct(): Promise<void>;
  /** Ends the run early; the first reason counts. */
  abort(why: BreakOff['why'], message: string): void;
}

/**
 * The events of a run; where the caller stops iterating, the run is aborted and waited for.
 * @param begin makes the run's conductor, which tells its events by `emit`
 * @throws what `begin` and the conductor throw
 */
export async function* conducted(
  begin: (emit: (event: RunEvent) => void) => Conductor,
): AsyncGenerator<RunEvent, void> {
  const queue = new EventQueue<RunEvent>();
  const conductor = begin((event) => queue.push(event));
  let problem: unknown;
  const done = conductor
    .conduct()
    .catch((error: unknown) => {
      problem = error;
    })
    .finally(() => queue.close());
  try {
    yield* queue;
  } finally {
    conductor.abort('interrupted', 'the run was stopped');
    await done;
  }
  if (problem !== undefined) throw problem;
}

/**
 * Ends a run early when its signal aborts or its time, in ms, is up.
 * @returns a function that keeps it from that
 */
export function endEarly(
  conductor: Pick<Conductor, 'abort'>,
  clock: Clock,
  { signal, timeoutMs }: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
): () => void {
  const onSignal = (): void => conductor.abort('interrupted', 'the run was interrupted');
  signal?.addEventListener('abort', onSignal, { once: true });
  if (signal?.aborted) onSignal();
  const late = (): void =>
    conductor.abort('timeout', `the run was not done within ${(timeoutMs ?? 0) / 1000} s: raise --timeout`);
  const cancel = timeoutMs === undefined ? undefined : clock.after(timeoutMs, late);
  return () => {
    cancel?.();
    signal?.removeEventListener('abort', onSignal);
  };
}
