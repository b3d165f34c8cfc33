import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { EventStream } from './event-stream.ts';
import type { EventMap, StreamState } from './events.ts';
import { KeepLatest } from './latest.ts';
import { oncePerUrl } from './once-per-url.ts';
import type { EventStreamSettings } from './settings.ts';
import { type UsageEvents, type UsageRecord, usageSettings } from './usage.ts';

/** What a component sees of a stream. */
export interface StreamView<T> {
  /** The last items, the oldest first; the same array until it changes. */
  readonly items: readonly T[];
  readonly state: StreamState;
  /** Drops the connection until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Cuts a backoff short, but not below what the server asked for. */
  readonly retryNow: () => void;
}

export interface UseStreamSettings<M extends EventMap> extends EventStreamSettings<M> {
  /** Items kept. Default 100. */
  readonly latest?: number;
  /** The shortest time between two renderings, in ms. Default 100. */
  readonly throttleMs?: number;
}

/**
 * The last items of a stream, for a component. Components with the same URL share one connection, opened by the first
 * and closed with the last.
 * @param itemsOf what an event of the stream adds; must not change between renderings
 * @param settings those of the first component count; a change of them takes effect with another URL
 */
export function useEventStream<M extends EventMap, T>(
  url: string,
  itemsOf: { readonly [K in keyof M & string]?: (data: M[K]) => readonly T[] },
  settings: UseStreamSettings<M> = {},
): StreamView<T> {
  const { latest = 100, throttleMs = 100, clock } = settings;
  const kept = useMemo(
    () => new KeepLatest<T>({ latest, throttleMs, ...(clock && { clock }) }),
    [latest, throttleMs, clock],
  );
  const stream = useRef<EventStream<M> | undefined>(undefined);
  const [state, setState] = useState<StreamState>({ name: 'connecting' });
  const given = useRef({ itemsOf, settings });
  // Before the effect that opens the stream: it must find those of this rendering.
  useEffect(() => {
    given.current = { itemsOf, settings };
  });
  useEffect(() => {
    const shared = oncePerUrl<M>(url, given.current.settings);
    const target = shared.stream as EventTarget;
    stream.current = shared.stream;
    const listeners = Object.entries(given.current.itemsOf).map(([type, items]) => {
      const listener = (event: Event): void => {
        if ('data' in event) kept.add((items as (data: unknown) => readonly T[])(event.data));
      };
      target.addEventListener(type, listener);
      return [type, listener] as const;
    });
    const onState = (): void => setState(shared.stream.state);
    onState();
    target.addEventListener('state', onState);
    return () => {
      for (const [type, listener] of listeners) target.removeEventListener(type, listener);
      target.removeEventListener('state', onState);
      // The next stream may be another one.
      kept.clear();
      stream.current = undefined;
      shared.release();
    };
  }, [url, kept]);
  const items = useSyncExternalStore(kept.subscribe, kept.snapshot, kept.snapshot);
  const pause = useCallback(() => stream.current?.suspend(), []);
  const resume = useCallback(() => stream.current?.resume(), []);
  const retryNow = useCallback(() => stream.current?.retryNow(), []);
  return { items, state, pause, resume, retryNow };
}

const recordsOf = { usage: (records: readonly UsageRecord[]) => records } as const;

/**
 * The last records of the usage stream.
 * @param url such as `/usage/stream?hours=1`
 */
export function useUsageStream(url: string, settings: UseStreamSettings<UsageEvents> = {}): StreamView<UsageRecord> {
  return useEventStream<UsageEvents, UsageRecord>(url, recordsOf, { ...usageSettings, ...settings });
}
