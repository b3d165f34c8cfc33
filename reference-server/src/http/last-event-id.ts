import { isUtf8 } from 'node:buffer';

/**
 * The id that a request's Last-Event-ID header names (HTML 9.2.3: its value is UTF-8).
 * @param header as `node:http` gives it, each byte as the character of the same number
 * @returns undefined when there is none; an empty value is none
 */
export function readLastEventId(header: string | string[] | undefined): string | undefined {
  if (header === undefined || header.length === 0) return undefined;
  const bytes = Buffer.from(header.toString(), 'latin1');
  // What is not UTF-8 is kept as it is: an id that no event has, rather than one with its characters replaced.
  return isUtf8(bytes) ? bytes.toString() : header.toString();
}
