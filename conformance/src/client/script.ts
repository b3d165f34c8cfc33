/** One thing that the stage does on a connection. */
export type Step =
  | { readonly do: 'write'; readonly bytes: Uint8Array }
  | { readonly do: 'wait'; readonly ms: number }
  /** Waits until the connection has taken all that was written. */
  | { readonly do: 'drain' }
  /** Closes the connection after what was written. */
  | { readonly do: 'close' }
  | { readonly do: 'reset' };

/** What the stage answers to one request, from the first byte of the head on; at its end the connection is held open. */
export type Script = readonly Step[];

/** The body ends cleanly: its framing is completed, then the connection closes. */
export const FIN = 'FIN: a clean end';
/** The connection closes without the end of the framing. */
export const CUT = 'CUT: a close without the end';
/** The connection is reset. */
export const RST = 'RST: a reset';

/** How a connection ends. */
type Ending = typeof FIN | typeof CUT | typeof RST;

/** A part of a response: text, which goes out as UTF-8; bytes; a wait, in ms; or how it ends. */
export type Part = string | Uint8Array | number | Ending;

/** A reconnection time of 40 ms. The empty line is there for clients that process `retry` only then. */
export const FAST = 'retry: 40\n\n';

/** Time between two writes, in ms. */
const usualGapMs = 15;

/** Bytes, given as characters up to U+00FF. */
export function raw(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** The bytes of a text in UTF-8; bytes stay what they are. */
export function bytesOf(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part;
}

/** An accepted event stream in chunked coding: a chunk and a write for each part. */
export function ok(...body: readonly Part[]): Script {
  return answer('200 OK', ['Content-Type: text/event-stream', 'Cache-Control: no-store'], ...body);
}

/** A response in chunked coding with this status and these header fields. */
export function answer(status: string, fields: readonly string[], ...body: readonly Part[]): Script {
  const head = headOf(status, [...fields, 'Transfer-Encoding: chunked']);
  return steps(head, body.map(inChunk), usualGapMs, '0\r\n\r\n');
}

/** Exactly these bytes, a write for each part. */
export function verbatim(...parts: readonly Part[]): Script {
  return steps('', parts, usualGapMs, '');
}

/** An accepted event stream, its body in these pieces. */
export function okInPieces(pieces: readonly Uint8Array[], gapMs: number): Script {
  const head = headOf('200 OK', ['Content-Type: text/event-stream', 'Transfer-Encoding: chunked']);
  return steps(head, pieces.map(inChunk), gapMs, '');
}

/** An accepted event stream in chunked coding: a chunk for each piece, and nothing between them. */
export function okInOneGo(pieces: Iterable<Uint8Array>): Script {
  const writes: Uint8Array[] = [
    Buffer.from(headOf('200 OK', ['Content-Type: text/event-stream', 'Transfer-Encoding: chunked'])),
  ];
  const lineEnd = Buffer.from('\r\n');
  for (const piece of pieces) writes.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, lineEnd);
  return writes.map((bytes) => ({ do: 'write', bytes }));
}

/** A response head of HTTP/1.1. */
export function headOf(status: string, fields: readonly string[]): string {
  return `HTTP/1.1 ${status}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
}

function isEnding(part: Part): part is Ending {
  return part === FIN || part === CUT || part === RST;
}

function inChunk(part: Part): Part {
  if (typeof part === 'number' || isEnding(part)) return part;
  const bytes = bytesOf(part);
  // A chunk of no bytes would be the last one.
  if (bytes.length === 0) return bytes;
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** The head goes out together with the first part, the others apart. */
function steps(head: string, parts: readonly Part[], gapMs: number, cleanEnd: string): Step[] {
  const script: Step[] = [];
  let pending: Uint8Array = Buffer.from(head);
  const flush = (): void => {
    if (pending.length > 0) script.push({ do: 'write', bytes: pending });
    pending = new Uint8Array(0);
  };
  let written = false;
  for (const part of parts) {
    if (typeof part === 'number') {
      flush();
      script.push({ do: 'wait', ms: part });
      written = false;
    } else if (isEnding(part)) {
      if (part === FIN) pending = Buffer.concat([pending, Buffer.from(cleanEnd)]);
      flush();
      // What was written must be read before a reset may overtake it.
      if (part === RST && script.length > 0) script.push({ do: 'wait', ms: 50 });
      script.push({ do: part === RST ? 'reset' : 'close' });
    } else {
      if (written) script.push({ do: 'wait', ms: gapMs });
      pending = Buffer.concat([pending, bytesOf(part)]);
      flush();
      written = true;
    }
  }
  flush();
  return script;
}
