const lineEnd = /\r\n|\r|\n/;

/** What a server sends as one event; see {@link encodeEvent} for what each field may hold. */
export interface OutgoingEvent {
  data: string;
  event?: string;
  id?: string;
  retry?: number;
}

/** A field has a value that the event stream format cannot carry; the message names field, value and what is allowed. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
  readonly field: 'data' | 'event' | 'id' | 'retry' | 'comment';
  readonly value: unknown;
  /** What to give in its place, as the end of a sentence: "text without line breaks". */
  readonly allowed: string;

  constructor(field: EncodeError['field'], value: unknown, allowed: string) {
    super(`${field} is ${show(value)}; give ${allowed}`);
    this.field = field;
    this.value = value;
    this.allowed = allowed;
  }
}

/**
 * Writes one event in the event stream format (HTML 9.2.5), its closing blank line included.
 *
 * - `data`: any text. Each line becomes one `data` line, so CR and CRLF arrive as LF, the only line break that data
 *   can carry. `''` becomes one empty `data` line, which dispatches an event with empty data.
 * - `event`: the event type, without line breaks. `''` is left out: by the standard both dispatch `message`.
 * - `id`: the last event ID from here on, without line breaks and U+0000. `''` is sent: it clears the last event ID.
 * - `retry`: the reconnection time in milliseconds, a whole number from 0 up.
 *
 * @throws {EncodeError} when a field holds anything else, a lone surrogate (which UTF-8 cannot carry) included
 */
export function encodeEvent({ data, event, id, retry }: OutgoingEvent): string {
  requireText('data', data);
  let stream = '';
  if (event !== undefined && event !== '') {
    requireText('event', event);
    if (lineEnd.test(event)) throw new EncodeError('event', event, 'an event type without line breaks');
    stream += `event: ${event}\n`;
  }
  if (id !== undefined) {
    requireText('id', id);
    if (lineEnd.test(id)) throw new EncodeError('id', id, 'an ID without line breaks');
    if (id.includes('\0')) throw new EncodeError('id', id, 'an ID without U+0000: clients ignore an ID that holds it');
    stream += `id: ${id}\n`;
  }
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0) {
      throw new EncodeError('retry', retry, `whole milliseconds from 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
    // A template would write -0 as "0" too, and a safe integer never in exponent form: digits only, as 9.2.6 asks.
    stream += `retry: ${retry}\n`;
  }
  // One space after each colon is for the parser to remove, so that a leading space of the value survives.
  return `${stream}data: ${data.split(lineEnd).join('\ndata: ')}\n\n`;
}

/**
 * Writes a comment, one comment line per line of `text`: clients ignore it, so it serves to keep a connection busy.
 * It ends its own lines and holds no blank line, so it fits before, after and inside an event.
 *
 * @throws {EncodeError} when the text holds a lone surrogate, which UTF-8 cannot carry
 */
export function encodeComment(text: string): string {
  requireText('comment', text);
  return `:${text.split(lineEnd).join('\n:')}\n`;
}

function requireText(field: EncodeError['field'], value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new EncodeError(field, value, 'a string');
  if (!value.isWellFormed()) throw new EncodeError(field, value, 'text without lone surrogates');
}

/** A value as an error message quotes it; data can be megabytes long. */
function show(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return value.length <= 100 ? JSON.stringify(value) : `${JSON.stringify(value.slice(0, 100))}… (${value.length} long)`;
}
