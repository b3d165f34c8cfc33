import type { ServerSentEvent } from '../src/event.ts';

/** What a stream gave rise to, in order. */
export type Happening =
  | { kind: 'event'; event: ServerSentEvent }
  | { kind: 'comment'; text: string }
  | { kind: 'retry'; reconnectionTimeMs: number };

/**
 * HTML 9.2.5 and 9.2.6 read literally, over a whole stream at once: what the parser must amount to. It shares no code
 * with the parser.
 */
export function readStream(bytes: Uint8Array): { happenings: Happening[]; lastEventId: string } {
  const text = new TextDecoder().decode(bytes);
  const lines = text.split(/\r\n|\r|\n/);
  // What follows the last line end is no line yet.
  lines.pop();
  const happenings: Happening[] = [];
  let data = '';
  let eventType = '';
  let lastEventIdBuffer = '';
  let lastEventId = '';
  for (const line of lines) {
    if (line === '') {
      lastEventId = lastEventIdBuffer;
      if (data !== '') {
        const event = { type: eventType || 'message', data: data.replace(/\n$/, ''), lastEventId };
        happenings.push({ kind: 'event', event });
      }
      data = '';
      eventType = '';
      continue;
    }
    if (line.startsWith(':')) {
      happenings.push({ kind: 'comment', text: line.slice(1) });
      continue;
    }
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
    if (name === 'event') eventType = value;
    if (name === 'data') data += `${value}\n`;
    if (name === 'id' && !value.includes('\0')) lastEventIdBuffer = value;
    if (name === 'retry' && /^[0-9]+$/.test(value)) {
      const reconnectionTimeMs = Math.min(Number(value), Number.MAX_SAFE_INTEGER);
      happenings.push({ kind: 'retry', reconnectionTimeMs });
    }
  }
  return { happenings, lastEventId };
}
