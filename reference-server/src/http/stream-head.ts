import { encodeComment } from '@ssert/protocol';

/** No charset: an event stream is always UTF-8, and some clients compare the type as text. */
export const streamHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/**
 * The whole stream of who asks while the server shuts down. An `EventSource` that got an error would never come back;
 * one whose stream ends does, after the `retry` that it was told.
 */
export function comeBackIn(seconds: number): string {
  return `retry: ${seconds * 1000}\n\n`;
}

/** Sent with the header block: a proxy that waits for the first byte of the body passes both on. */
export const openingComment: Uint8Array = new TextEncoder().encode(encodeComment(' open'));
