import { EventStream } from './event-stream.ts';
import type { EventMap } from './events.ts';
import type { EventStreamSettings } from './settings.ts';
import { resolveUrl } from './url.ts';

interface Shared {
  readonly stream: EventStream<EventMap>;
  users: number;
}

const open = new Map<string, Shared>();

/** A stream that others may use as well. */
export interface SharedStream<M extends EventMap> {
  readonly stream: EventStream<M>;
  /** Lets go of it; the last one closes the stream. Safe to call twice. */
  readonly release: () => void;
}

/**
 * The one stream of this page or process to a URL: the first caller opens it with its settings, later ones share it
 * while it lives, whatever their settings say.
 * @throws what `new EventStream` throws
 */
export function oncePerUrl<M extends EventMap>(
  url: string | URL,
  settings: EventStreamSettings<M> = {},
): SharedStream<M> {
  const key = resolveUrl(url);
  let shared = open.get(key);
  if (shared?.stream.state.name === 'closed') shared = undefined;
  if (!shared) {
    shared = { stream: new EventStream<M>(url, settings) as unknown as EventStream<EventMap>, users: 0 };
    open.set(key, shared);
  }
  const mine = shared;
  mine.users += 1;
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    mine.users -= 1;
    if (mine.users > 0) return;
    mine.stream.close();
    if (open.get(key) === mine) open.delete(key);
  };
  return { stream: mine.stream as unknown as EventStream<M>, release };
}
