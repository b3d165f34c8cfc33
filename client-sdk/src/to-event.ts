import { type Decoder, decode } from './decoding.ts';
import { StreamErrorEvent, StreamEvent } from './events.ts';
import { messageOf } from './problem.ts';

/** An event as the stream has it. */
export interface TextEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
  readonly origin: string;
}

/** What to dispatch for an event: itself, decoded where its type has a decoder, or the error that kept it from that. */
export function toEvent(
  { type, data: text, lastEventId, origin }: TextEvent,
  decoders: { readonly [type: string]: Decoder<unknown> | undefined } | undefined,
): StreamEvent<unknown> | StreamErrorEvent {
  const decoder = decoders && Object.hasOwn(decoders, type) ? decoders[type] : undefined;
  if (!decoder) return new StreamEvent<unknown>(type, { data: text, lastEventId, origin });
  try {
    return new StreamEvent(type, { data: decode(decoder, text), lastEventId, origin });
  } catch (cause) {
    const message = `the data of an event "${type}" cannot be decoded: ${messageOf(cause)}`;
    return new StreamErrorEvent({ kind: 'payload', message, cause, raw: { type, data: text, lastEventId } }, true);
  }
}
