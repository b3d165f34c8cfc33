import type { EventMap, StreamErrorEvent, StreamEvent } from './events.ts';

/** What a stream tells besides the events of its server. */
type Own = { open: Event; state: Event; error: StreamErrorEvent };

/** A server may call its events as it likes: who listens to `error` hears those of that type, too. */
type Heard<M extends EventMap, K> =
  | (K extends keyof Own ? Own[K] : never)
  | (K extends keyof M & string ? StreamEvent<M[K], K> : never);

/** The types that can be listened to. */
export type Listened<M extends EventMap> = (keyof M & string) | keyof Own;

export type Listener<M extends EventMap, K> =
  | ((event: Heard<M, K>) => void)
  | { handleEvent(event: Heard<M, K>): void };

export type ListenOptions = Parameters<EventTarget['addEventListener']>[2];

/** An `EventTarget` that knows the types of its events. */
export interface StreamTarget<M extends EventMap> extends EventTarget {
  addEventListener<K extends Listened<M>>(type: K, listener: Listener<M, K> | null, options?: ListenOptions): void;
  removeEventListener<K extends Listened<M>>(type: K, listener: Listener<M, K> | null, options?: ListenOptions): void;
}

export const StreamTarget: { new <M extends EventMap>(): StreamTarget<M> } = EventTarget as never;
