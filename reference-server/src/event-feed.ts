import { EncodeError, encodeEvent, type OutgoingEvent } from '@ssert/protocol';
import type { Frame } from './batch.ts';
import type { Channel, StreamEnd, View } from './channel.ts';
import { IdTaken, type LogEntry } from './event-log.ts';
import type { LoggedEvent } from './history.ts';
import type { Subscriber } from './subscriber.ts';

const utf8 = new TextEncoder();

/** The largest event that can be allowed: clients that limit an event's size commonly draw the line here. */
export const largestEventBytes: number = 1024 * 1024;

/** Room for an id that the log assigns, in an event that brings none. */
const assignedIdBytes = 64;

/** EventSource itself dispatches the first two, this server the others. */
const reservedTypes = ['error', 'open', 'reset', 'heartbeat'];

/** What the log keeps of an event beside its id. */
export type EventContent = Omit<OutgoingEvent, 'id'>;

export interface GenericEvent extends LoggedEvent {
  readonly frame: Frame;
}

const statusOfRefusal = { invalid: 400, taken: 409, 'too large': 413 } as const;

/** An event that is refused, with the field that is the reason. */
export class RefusedEvent extends Error {
  override readonly name = 'RefusedEvent';
  readonly field: EncodeError['field'];
  /** `invalid`: it could never be sent. `taken`: another event has its id. `too large`: above the limit. */
  readonly because: 'invalid' | 'taken' | 'too large';
  /** The HTTP status that says so; Express, Fastify and others read it from here. */
  readonly status: number;

  constructor(field: EncodeError['field'], because: RefusedEvent['because'], message: string, cause?: unknown) {
    super(message, { cause });
    this.field = field;
    this.because = because;
    this.status = statusOfRefusal[because];
  }
}

const view: View<GenericEvent> = { key: 'all', frameOf: ({ frame }) => frame };

/** The generic channel: any event that its publisher likes. */
export class EventFeed {
  readonly channel: Channel<EventContent, GenericEvent>;
  readonly #maxBytes: number;

  /** @param maxBytes the largest event on the wire, at most {@link largestEventBytes} */
  constructor(channel: Channel<EventContent, GenericEvent>, maxBytes: number = largestEventBytes) {
    this.channel = channel;
    this.#maxBytes = maxBytes;
  }

  static eventOf({ id, content }: LogEntry<EventContent>): GenericEvent {
    const bytes = utf8.encode(encodeEvent({ ...content, id }));
    return { id, frame: { bytes, type: content.event ?? '' }, sizeBytes: bytes.length };
  }

  subscribe(end: StreamEnd): Subscriber {
    return this.channel.subscribe(view, end);
  }

  /**
   * Sends the event to every stream, with an id of its own if it brings none.
   * @returns its id, once the event is as safe as the log makes it
   * @throws RefusedEvent when it cannot be sent as it is; LogUnavailable when it could not be stored
   */
  async publish({ id, ...content }: OutgoingEvent): Promise<string> {
    requireUsableType(content.event);
    requireUsableRetry(content.retry);
    if (id !== undefined) this.#requireUsableId(id);
    const withoutId = utf8.encode(encode({ ...content, ...(id !== undefined && { id }) })).length;
    const bytes = id === undefined ? withoutId + assignedIdBytes : withoutId;
    if (bytes > this.#maxBytes) {
      const message = `data makes an event of ${bytes} bytes; give one of at most ${this.#maxBytes} bytes`;
      throw new RefusedEvent('data', 'too large', message);
    }
    try {
      const [assigned = ''] = await this.channel.publish([{ content, id }]);
      return assigned;
    } catch (error) {
      if (error instanceof IdTaken) throw new RefusedEvent('id', 'taken', error.message, error);
      throw error;
    }
  }

  /** An id comes back in the Last-Event-ID header, and what a header cannot carry could never be resumed. */
  #requireUsableId(id: string): void {
    if (!this.channel.takesIds) {
      throw new RefusedEvent('id', 'invalid', 'id is assigned by this server; leave it away');
    }
    const fits = id !== '' && utf8.encode(id).length <= 128 && id.trim() === id && !/[\0-\x1f\x7f]/.test(id);
    if (fits) return;
    const allowed = '1 to 128 bytes without control characters and without space at either end';
    throw new RefusedEvent('id', 'invalid', `id cannot come back as Last-Event-ID; give ${allowed}`);
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
