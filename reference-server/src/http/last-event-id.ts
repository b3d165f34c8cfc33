/** A byte order mark is a part of the id. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The id that a request's Last-Event-ID header names (HTML 9.2.3: its value is UTF-8).
 * @param header each byte as the character of the same number, as `node:http` and Fetch give it
 * @returns undefined when there is none; an empty value is none
 */
export function readLastEventId(header: string | string[] | null | undefined): string | undefined {
  if (header === undefined || header === null || header.length === 0) return undefined;
  const text = header.toString();
  // Most ids are ASCII; and what has characters that no byte has was decoded on its way here, as Workers may do.
  if (/^[\0-\x7f]*$/.test(text) || /[^\0-\xff]/.test(text)) return text;
  try {
    return utf8.decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  } catch {
    // What is not UTF-8 is kept as it is: an id that no event has, rather than one with its characters replaced.
    return text;
  }
}
