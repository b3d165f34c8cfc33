/**
 * The judge's own reading of an event stream, written from HTML 9.2.5 and 9.2.6. Where a parser must shrug and go on,
 * this one goes on too, but keeps each oddity with its place. It shares no code with any parser it may be held against.
 */

/** How bad: `error` breaks the standard, `warning` breaks real clients or proxies, `note` is worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** Something on the wire that is wrong or odd. */
export interface Violation {
  /** The id of the rule that it breaks; absent for what is legal but surely not meant. */
  readonly rule?: string;
  readonly severity: Severity;
  /** Bytes from the start of the body to the first offending byte. */
  readonly offset: number;
  /** Line of the body, counted from 1. */
  readonly line: number;
  /** The field that the line names, where it names one. */
  readonly field?: string;
  readonly message: string;
  /** The line, or the part of it around the fault; `mark` is the faulty range inside it. */
  readonly bytes: Uint8Array;
  readonly mark: readonly [start: number, end: number];
}

/** One line that names a field, as it stood on the wire. */
export interface Field {
  readonly name: string;
  readonly value: string;
  readonly offset: number;
  readonly line: number;
}

/** The lines up to one blank line, and what a client makes of them. */
export interface Block {
  readonly fields: readonly Field[];
  readonly comments: number;
  /** True where a client dispatches an event; false for a block without data. */
  readonly dispatched: boolean;
  /** The event type a client sees: `message` where none was given. */
  readonly type: string;
  readonly data: string;
  /** The last event ID after this block. */
  readonly lastEventId: string;
  readonly offset: number;
  /** Bytes, blank line included. */
  readonly length: number;
  readonly line: number;
}

export interface InspectorOptions {
  /** Called for each blank line that ends at least one field or comment. */
  readonly onBlock?: (block: Block) => void;
  readonly onViolation?: (violation: Violation) => void;
  /** Called for each comment with its text after the colon. */
  readonly onComment?: (text: string, offset: number) => void;
  /** Field names beyond the standard's four that the server declares. */
  readonly allowFields?: readonly string[];
  /** A longer event is a warning. Default 1 MiB. */
  readonly maxEventBytes?: number;
  /** More of one line than this is counted but not kept. Default 32 MiB. */
  readonly maxLineBytes?: number;
}

/** How a body came to its end, as far as pending bytes can be blamed on the server. */
export type BodyEnd = 'complete' | 'close-delimited' | 'provoked';

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;
const KNOWN = new Set(['data', 'event', 'id', 'retry']);
const MIB = 1024 * 1024;
const excerptBytes = 160;

type LineEnd = 'lf' | 'crlf' | 'cr';
type Mark = readonly [start: number, end: number];

/** Reads one body from its first byte. */
export class WireInspector {
  /** Lines seen, by how they ended. */
  readonly lineEnds: Record<LineEnd, number> = { lf: 0, crlf: 0, cr: 0 };
  /** Bytes of the longest event so far, its blank line included. */
  longestEventBytes = 0;
  /** Bytes read so far. */
  offset = 0;
  lastEventId = '';

  readonly #options: InspectorOptions;
  readonly #known: ReadonlySet<string>;
  readonly #strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #lenient = new TextDecoder('utf-8', { ignoreBOM: true });

  #parts: Uint8Array[] = [];
  #keptBytes = 0;
  #lineStart = 0;
  #line = 1;
  /** A CR that ended the last chunk: an LF that follows belongs to it. */
  #heldCr = false;

  #fields: Field[] = [];
  #comments = 0;
  #blockOffset = 0;
  #blockLine = 1;
  #data: string[] = [];
  #type = '';
  #idBuffer = '';
  #ended = false;

  constructor(options: InspectorOptions = {}) {
    this.#options = options;
    this.#known = new Set([...KNOWN, ...(options.allowFields ?? [])]);
  }

  /** Reads the next bytes, cut anywhere. The chunk is not kept beyond the call unless a line goes on past its end. */
  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#heldCr && chunk.length > 0) {
      this.#heldCr = false;
      const isCrLf = chunk[0] === LF;
      this.#countLineEnd(isCrLf ? 'crlf' : 'cr', this.offset - 1, this.#line - 1);
      if (isCrLf) {
        start = 1;
        this.#lineStart = this.offset + 1;
      }
    }
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte !== LF && byte !== CR) continue;
      const line = this.#takeLine(chunk.subarray(start, at));
      const lineEndAt = this.offset + at;
      if (byte === LF) this.#countLineEnd('lf', lineEndAt);
      else if (at + 1 === chunk.length) this.#heldCr = true;
      else if (chunk[at + 1] === LF) {
        this.#countLineEnd('crlf', lineEndAt);
        at += 1;
      } else this.#countLineEnd('cr', lineEndAt);
      const lineStart = this.#lineStart;
      this.#lineStart = this.offset + at + 1;
      this.#readLine(line, lineStart);
      this.#line += 1;
      start = at + 1;
    }
    this.#keep(chunk.subarray(start));
    this.offset += chunk.length;
  }

  /**
   * Tells that no more bytes come.
   * @param how `provoked` where the harness itself ended the stream: then nothing pending is a fault of the server
   */
  end(how: BodyEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#heldCr) this.#countLineEnd('cr', this.offset - 1, this.#line - 1);
    if (how === 'provoked') return;
    const rest = this.#takeLine(new Uint8Array(0));
    // Who cuts a connection may cut a character, and that would have gone on right.
    if (how === 'complete' || !isUtf8SoFar(rest)) this.#checkUtf8(rest, this.#lineStart);
    // A comment that was cut short is no loss to a client: with no field before it, there is no event.
    const isComment = rest[0] === COLON;
    if ((rest.length === 0 || isComment) && this.#fields.length === 0) return;
    this.#report({
      rule: 'framing/last-event-terminated',
      severity: how === 'complete' ? 'error' : 'note',
      offset: rest.length > 0 ? this.#lineStart : this.#blockOffset,
      message:
        rest.length > 0
          ? 'the stream ends inside a line; a client throws the unfinished event away'
          : 'the stream ends without the blank line after the last event; a client throws that event away',
      bytes: rest,
      mark: [0, rest.length],
    });
  }

  #countLineEnd(end: LineEnd, offset: number, line = this.#line): void {
    this.lineEnds[end] += 1;
    if (this.lineEnds[end] > 1) return;
    const { lf, crlf, cr } = this.lineEnds;
    const message =
      lf + crlf + cr > 1
        ? 'line ends of more than one kind in one stream: LF, CRLF and CR are mixed'
        : `lines end with ${end.toUpperCase()}; legal, but clients that look for LF LF never see an event`;
    if (end === 'lf' && lf + crlf + cr === 1) return;
    this.#reportPlace('framing/line-endings', 'warning', offset, message, line);
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    const room = (this.#options.maxLineBytes ?? 32 * MIB) - this.#keptBytes;
    if (room <= 0) return;
    this.#parts.push(part.slice(0, room));
    this.#keptBytes += Math.min(part.length, room);
  }

  #takeLine(last: Uint8Array): Uint8Array {
    if (this.#parts.length === 0) return last;
    this.#keep(last);
    const line = new Uint8Array(this.#keptBytes);
    let at = 0;
    for (const part of this.#parts) {
      line.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#keptBytes = 0;
    return line;
  }

  #readLine(raw: Uint8Array, rawOffset: number): void {
    const atStart = rawOffset === 0 && startsWithBom(raw);
    const line = atStart ? raw.subarray(3) : raw;
    const offset = atStart ? 3 : rawOffset;
    if (line.length === 0) {
      this.#endBlock();
      return;
    }
    if (this.#fields.length + this.#comments === 0) {
      this.#blockOffset = rawOffset;
      this.#blockLine = this.#line;
    }
    const text = this.#decode(line, offset);
    if (text.startsWith(':')) {
      this.#comments += 1;
      this.#options.onComment?.(text.slice(1), offset);
      return;
    }
    const colon = text.indexOf(':');
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    this.#readField({ name, value, offset, line: this.#line }, line);
  }

  #readField(field: Field, line: Uint8Array): void {
    this.#fields.push(field);
    const colonAt = line.indexOf(COLON);
    const valueAt = colonAt < 0 ? line.length : line[colonAt + 1] === SPACE ? colonAt + 2 : colonAt + 1;
    const report = (rule: string, severity: Severity, message: string, mark: Mark = [valueAt, line.length]): void =>
      this.#report({ rule, severity, offset: field.offset + mark[0], field: field.name, message, bytes: line, mark });
    switch (field.name) {
      case 'data':
        this.#data.push(field.value);
        break;
      case 'event':
        this.#type = field.value;
        if (field.value === 'error' || field.value === 'open') {
          const message = `an event named "${field.value}" cannot be told from the one that EventSource dispatches itself`;
          report('framing/reserved-event-names', 'warning', message);
        }
        break;
      case 'id': {
        const nul = line.indexOf(0, valueAt);
        if (nul < 0) this.#idBuffer = field.value;
        else {
          const message = 'an id with U+0000 is ignored, so clients go on to resume from an older event';
          report('framing/null-in-id', 'error', message, [nul, nul + 1]);
        }
        break;
      }
      case 'retry': {
        const complaint = retryComplaint(field.value);
        if (complaint) report('framing/retry-digits', complaint.severity, complaint.message);
        break;
      }
      default:
        if (startsWithBom(line)) {
          const message =
            'a byte order mark that is not the very start of the stream joins the field name: the line is lost';
          report('framing/byte-order-mark', 'error', message, [0, 3]);
        } else if (!this.#known.has(field.name)) {
          report('framing/known-fields', 'warning', unknownField(field.name), [0, colonAt < 0 ? line.length : colonAt]);
        }
    }
  }

  #endBlock(): void {
    this.lastEventId = this.#idBuffer;
    if (this.#fields.length > 0) this.#checkBlock();
    if (this.#fields.length + this.#comments > 0) {
      this.#options.onBlock?.({
        fields: this.#fields,
        comments: this.#comments,
        // One empty `data` line puts a lone LF into the data buffer, which is not the empty string: it dispatches.
        dispatched: this.#data.length > 0,
        type: this.#type === '' ? 'message' : this.#type,
        data: this.#data.join('\n'),
        lastEventId: this.lastEventId,
        offset: this.#blockOffset,
        length: this.#lineStart - this.#blockOffset,
        line: this.#blockLine,
      });
    }
    this.#fields = [];
    this.#comments = 0;
    this.#data = [];
    this.#type = '';
  }

  #checkBlock(): void {
    const length = this.#lineStart - this.#blockOffset;
    this.longestEventBytes = Math.max(this.longestEventBytes, length);
    if (length > (this.#options.maxEventBytes ?? MIB)) {
      const message = `one event of ${length} bytes: clients with a limit of 1 MiB refuse it and reconnect`;
      this.#reportPlace('framing/event-size', 'warning', this.#blockOffset, message);
    }
    const named = this.#fields.find((field) => field.name === 'event');
    if (named && this.#data.length === 0) {
      const message = 'an event type but no data before the blank line: nothing is dispatched';
      const place = { offset: named.offset, line: named.line, bytes: new Uint8Array(0), mark: [0, 0] as const };
      this.#options.onViolation?.({ severity: 'note', field: 'event', message, ...place });
    }
  }

  #decode(line: Uint8Array, offset: number): string {
    try {
      return this.#strict.decode(line);
    } catch {
      this.#checkUtf8(line, offset);
      return this.#lenient.decode(line);
    }
  }

  #checkUtf8(line: Uint8Array, offset: number): void {
    const mark = firstInvalidUtf8(line);
    if (mark[0] === line.length) return;
    const message = 'these bytes are not UTF-8; a client reads U+FFFD in their place';
    this.#report({
      rule: 'framing/valid-utf-8',
      severity: 'error',
      offset: offset + mark[0],
      message,
      bytes: line,
      mark,
    });
  }

  #reportPlace(rule: string, severity: Severity, offset: number, message: string, line = this.#line): void {
    this.#options.onViolation?.({ rule, severity, offset, line, message, bytes: new Uint8Array(0), mark: [0, 0] });
  }

  #report(violation: Omit<Violation, 'line'>): void {
    const [start, end] = violation.mark;
    const from = Math.max(0, start - excerptBytes / 2);
    const bytes = violation.bytes.slice(from, from + excerptBytes);
    const mark: Mark = [start - from, Math.min(end - from, bytes.length)];
    this.#options.onViolation?.({ ...violation, line: this.#line, bytes, mark });
  }
}

function startsWithBom(line: Uint8Array): boolean {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf;
}

function retryComplaint(value: string): { severity: Severity; message: string } | undefined {
  if (!/^[0-9]+$/.test(value)) {
    return { severity: 'error', message: `retry ${JSON.stringify(value)} is not ASCII digits only, so it is ignored` };
  }
  if (Number(value) < 100) {
    return { severity: 'warning', message: `retry ${value} ms makes clients reconnect in a tight loop` };
  }
  if (Number(value) > 600_000) {
    return { severity: 'warning', message: `retry ${value} ms is over ten minutes: is the unit right?` };
  }
  return undefined;
}

function unknownField(name: string): string {
  const shown = JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
  const trimmed = name.trim().toLowerCase();
  if (KNOWN.has(trimmed))
    return `${shown} is not "${trimmed}": field names are matched exactly, so this line is ignored`;
  return `no field is called ${shown}: this line is ignored`;
}

/** Whether more bytes could make these UTF-8, if they are not that already. */
function isUtf8SoFar(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Where the first sequence that is not UTF-8 (RFC 3629) lies; the end is exclusive. */
export function firstInvalidUtf8(bytes: Uint8Array): [start: number, end: number] {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const length =
      lead < 0x80
        ? 1
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : lead >= 0xe0 && lead < 0xf0
            ? 3
            : lead >= 0xf0 && lead < 0xf5
              ? 4
              : 0;
    if (length === 0) return [at, at + 1];
    for (let next = 1; next < length; next += 1) {
      const byte = bytes[at + next];
      const lowest = next > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
      const highest = next > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      if (byte === undefined || byte < lowest || byte > highest) return [at, at + next];
    }
    at += length;
  }
  return [bytes.length, bytes.length];
}
