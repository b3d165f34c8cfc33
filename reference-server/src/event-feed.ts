import { EncodeError, encodeEvent, type OutgoingEvent } from '@ssert/protocol';
import type { Channel, StreamEnd } from './channel.ts';
import type { LoggedEvent } from './history.ts';
import type { Frame, Subscriber } from './subscriber.ts';

const utf8 = new TextEncoder();

/** The largest event on the wire: clients that limit an event's size commonly draw the line here. */
export const maxEventBytes: number = 1024 * 1024;

/** EventSource itself dispatches the first two, this server the others. */
const reservedTypes = ['error', 'open', 'reset', 'heartbeat'];

export interface GenericEvent extends LoggedEvent {
  readonly frame: Frame;
}

/** An event that is refused, with the field that is the reason. */
export class RefusedEvent extends Error {
  override readonly name = 'RefusedEvent';
  readonly field: EncodeError['field'];
  /** `invalid`: it could never be sent. `taken`: another event has its id. `too large`: above {@link maxEventBytes}. */
  readonly because: 'invalid' | 'taken' | 'too large';

  constructor(field: EncodeError['field'], because: RefusedEvent['because'], message: string, cause?: unknown) {
    super(message, { cause });
    this.field = field;
    this.because = because;
  }
}

/** The generic channel: any event that its publisher likes. */
export class EventFeed {
  readonly channel: Channel<GenericEvent>;

  constructor(channel: Channel<GenericEvent>) {
    this.channel = channel;
  }

  subscribe(end: StreamEnd): Subscriber {
    return this.channel.subscribe({ ...end, frameOf: (event) => event.frame });
  }

  /**
   * Sends the event to every stream, with an id of its own if it brings none.
   * @returns its id
   * @throws RefusedEvent when it cannot be sent as it is
   */
  publish(event: OutgoingEvent): string {
    requireUsableType(event.event);
    requireUsableRetry(event.retry);
    if (event.id !== undefined) requireResumableId(event.id);
    const id = event.id ?? this.channel.nextId;
    const frame = utf8.encode(encode({ ...event, id }));
    if (frame.length > maxEventBytes) {
      const message = `data makes an event of ${frame.length} bytes; give one of at most ${maxEventBytes} bytes`;
      throw new RefusedEvent('data', 'too large', message);
    }
    if (event.id !== undefined && this.channel.isTaken(id)) {
      throw new RefusedEvent('id', 'taken', 'id is that of another event, or of the form that this server assigns');
    }
    this.channel.publish({ id, frame, sizeBytes: frame.length });
    return id;
  }
}

function encode(event: OutgoingEvent): string {
  try {
    return encodeEvent(event);
  } catch (error) {
    if (error instanceof EncodeError) throw new RefusedEvent(error.field, 'invalid', error.message, error);
    throw error;
  }
}

function requireUsableType(type: string | undefined): void {
  if (type === undefined || !reservedTypes.includes(type)) return;
  throw new RefusedEvent(
    'event',
    'invalid',
    `event is ${JSON.stringify(type)}; give none of ${reservedTypes.join(' ')}`,
  );
}

/** Clients hammer the server with a reconnection time below, and seem dead with one above. */
function requireUsableRetry(retryMs: number | undefined): void {
  if (retryMs === undefined || (Number.isInteger(retryMs) && retryMs >= 100 && retryMs <= 600_000)) return;
  throw new RefusedEvent('retry', 'invalid', `retry is ${retryMs}; give whole milliseconds from 100 to 600000`);
}

/** An id comes back in the Last-Event-ID header, and what a header cannot carry could never be resumed. */
function requireResumableId(id: string): void {
  const fits = id !== '' && utf8.encode(id).length <= 128 && id.trim() === id && !/[\0-\x1f\x7f]/.test(id);
  if (fits) return;
  const allowed = '1 to 128 bytes without control characters and without space at either end';
  throw new RefusedEvent('id', 'invalid', `id cannot come back as Last-Event-ID; give ${allowed}`);
}
