import type { EventMap, StreamErrorEvent, StreamEvent } from './events.ts';

/** What a stream tells besides the events of its server. */
type Own = { open: Event; state: Event; error: StreamErrorEvent };

/** A server may call its events as it likes: who listens to `error` hears those of that type, too. */
type Heard<M extends EventMap, K> =
  | (K extends keyof Own ? Own[K] : never)
  | (K extends keyof M & string ? StreamEvent<M[K], K> : never);

type Listener<E> = ((event: E) => void) | { handleEvent(event: E): void };

/** An event of the stream, by the types of its map. */
export type EventOf<M extends EventMap> = { [K in keyof M & string]: StreamEvent<M[K], K> }[keyof M & string];

/** An `EventTarget` that knows the types of its events. */
export interface StreamTarget<M extends EventMap> extends EventTarget {
  addEventListener<K extends (keyof M & string) | keyof Own>(
    type: K,
    listener: Listener<Heard<M, K>> | null,
    options?: Parameters<EventTarget['addEventListener']>[2],
  ): void;
  removeEventListener<K extends (keyof M & string) | keyof Own>(
    type: K,
    listener: Listener<Heard<M, K>> | null,
    options?: Parameters<EventTarget['removeEventListener']>[2],
  ): void;
}

export const StreamTarget: { new <M extends EventMap>(): StreamTarget<M> } = EventTarget as never;
