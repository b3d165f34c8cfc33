import type { EventMap } from './events.ts';
import type { EventStreamSettings } from './settings.ts';

/** Bytes that HTTP allows in no field value (RFC 9110 5.5), and that some stacks refuse to send. */
const unsendable = /[\0-\x08\x0a-\x1f\x7f]/;

/**
 * Asks for the stream: past every cache, and from the last event ID on (HTML 9.2.3).
 * @throws whatever `fetch` throws, and whatever the functions among the settings throw
 */
export async function requestStream<M extends EventMap>(
  url: string,
  settings: EventStreamSettings<M>,
  lastEventId: string,
  signal: AbortSignal,
): Promise<Response> {
  const { headers: given, body: makeBody, credentials, fetch: send = globalThis.fetch } = settings;
  const headers = new Headers(typeof given === 'function' ? await given() : given);
  if (!headers.has('accept')) headers.set('Accept', 'text/event-stream');
  // One header with the newest ID, whatever the caller's headers say.
  headers.delete('last-event-id');
  // To lose its place is better than to fail at every try: an ID that cannot be sent is left out.
  if (lastEventId !== '' && !unsendable.test(lastEventId)) headers.set('Last-Event-ID', utf8AsLatin1(lastEventId));
  const body = typeof makeBody === 'function' ? makeBody() : makeBody;
  return send(url, {
    method: settings.method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    signal,
    cache: 'no-store',
    ...(body !== undefined && { body }),
    ...(credentials && { credentials }),
  });
}

/** The UTF-8 of a text as header values carry it: a character for each byte (Fetch, "isomorphic decode"). */
function utf8AsLatin1(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}
