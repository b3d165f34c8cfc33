/**
 * The judge's own reading of an HTTP/1 response (RFC 9112), byte by byte: it must see the two `Content-Length` fields
 * and the broken chunk that an HTTP library would refuse or mend.
 */

/** The header block of a response, as it came. */
export interface ResponseHead {
  readonly httpVersion: string;
  readonly status: number;
  readonly reason: string;
  /** Field names as sent, values without surrounding white space, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The block's text, blank line excluded. */
  readonly text: string;
}

/** How the body's length is told (RFC 9112 6.3). */
export type BodyFraming = 'none' | 'chunked' | 'content-length' | 'close-delimited';

export interface ResponseReaderOptions {
  /** Whether the request was HEAD: its response has no body whatever its fields say. */
  readonly toHead: boolean;
  readonly onHead: (head: ResponseHead) => void;
  /** Body bytes with the transfer coding taken off. */
  readonly onBody: (bytes: Uint8Array) => void;
  /** The message is complete by its own framing. */
  readonly onComplete: () => void;
  /** Bytes that break RFC 9112; reading stops there. */
  readonly onMalformed: (message: string) => void;
  /** A longer header block is malformed. Default 256 KiB. */
  readonly maxHeadBytes?: number;
}

const LF = 10;
const CR = 13;

type State = 'head' | 'body' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'complete' | 'malformed';

/** Bytes behind the end of a message that are kept to be shown. */
const keptSurplus = 256;

const statusLine = /^HTTP\/(\d\.\d) ([1-9]\d\d)(?: (.*))?$/;

const endless = {
  head: 'the header block does not end',
  'chunk-size': 'a chunk-size line does not end',
  trailer: 'the trailer section does not end',
} as const;

/** The values of a header field, one for each time it stands in the head. Names match without case. */
export function headerValues(head: ResponseHead, name: string): string[] {
  const wanted = name.toLowerCase();
  return head.fields.filter(([one]) => one.toLowerCase() === wanted).map(([, value]) => value);
}

/** The value of a header field with repeats joined by a comma (RFC 9110 5.2), or undefined where it is absent. */
export function header(head: ResponseHead, name: string): string | undefined {
  const values = headerValues(head, name);
  return values.length === 0 ? undefined : values.join(', ');
}

/** The comma-separated members of a header field, in lower case. */
export function headerList(head: ResponseHead, name: string): string[] {
  return headerValues(head, name)
    .flatMap((value) => value.split(','))
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '');
}

/** Reads one response; interim (1xx) responses before it are passed over. */
export class ResponseReader {
  readonly #options: ResponseReaderOptions;
  #state: State = 'head';
  #line: number[] = [];
  #lines: string[] = [];
  #headBytes = 0;
  #left = 0;
  /** Known once the head is in. */
  framing: BodyFraming | undefined;
  /** Chunks begun so far, the last one of size 0 left out. */
  chunks = 0;
  /** Bytes behind the end of the message: they belong to no response. */
  surplusBytes = 0;
  /** The first of them, at most `keptSurplus`. */
  surplus: Uint8Array = new Uint8Array(0);

  constructor(options: ResponseReaderOptions) {
    this.#options = options;
  }

  get complete(): boolean {
    return this.#state === 'complete';
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
        case 'chunk-size':
        case 'trailer': {
          const end = bytes.indexOf(LF, at);
          const next = end < 0 ? bytes.length : end + 1;
          for (const byte of bytes.subarray(at, end < 0 ? next : end)) this.#line.push(byte);
          this.#headBytes += next - at;
          at = next;
          if (this.#headBytes > (this.#options.maxHeadBytes ?? 262_144)) this.#malformed(endless[this.#state]);
          else if (end >= 0) this.#readLine();
          break;
        }
        case 'chunk-end':
          this.#readChunkEnd(bytes[at]);
          at += 1;
          break;
        case 'chunk-data':
        case 'body': {
          const part = bytes.subarray(at, this.framing === 'close-delimited' ? bytes.length : at + this.#left);
          at += part.length;
          this.#left -= part.length;
          this.#options.onBody(part);
          if (this.framing === 'close-delimited' || this.#left > 0) break;
          if (this.#state === 'chunk-data') this.#state = 'chunk-end';
          else this.#finish();
          break;
        }
        case 'complete':
          this.surplusBytes += bytes.length - at;
          this.surplus = Uint8Array.of(...this.surplus, ...bytes.subarray(at, at + keptSurplus)).subarray(
            0,
            keptSurplus,
          );
          return;
        case 'malformed':
          return;
      }
    }
  }

  #readLine(): void {
    const withCr = this.#line.at(-1) === CR;
    const bytes = withCr ? this.#line.slice(0, -1) : this.#line;
    const line = String.fromCharCode(...bytes.slice(0, 65_536));
    this.#line = [];
    switch (this.#state) {
      case 'head':
        // Empty lines before the status line and a lone LF at the end of a line are read as clients read them.
        // A status line is judged at once: what greets in another protocol waits for an answer, and no blank line comes.
        if (line !== '' && this.#lines.length === 0 && !statusLine.test(line)) {
          this.#malformed(`not an HTTP/1 status line: ${JSON.stringify(line.slice(0, 80))}`);
        } else if (line !== '') this.#lines.push(line);
        else if (this.#lines.length > 0) this.#readHead();
        break;
      case 'chunk-size':
        if (withCr) this.#readChunkSize(line);
        else this.#malformed(`a chunk-size that LF ends without CR: ${JSON.stringify(line.slice(0, 80))}`);
        break;
      case 'trailer':
        if (line === '') this.#finish();
        break;
      default:
    }
  }

  #readHead(): void {
    const lines = this.#lines;
    this.#lines = [];
    const [first = '', ...fieldLines] = lines;
    const [, version = '', code, reason = ''] = statusLine.exec(first) ?? [];
    const status = Number(code);
    // 101 is the last of HTTP on its connection, so it is no interim response here.
    if (status < 200 && status !== 101) {
      this.#headBytes = 0;
      return;
    }
    const fields = readFields(fieldLines);
    const head = { httpVersion: version, status, reason, fields, text: lines.join('\n') };
    this.#chooseFraming(head);
    this.#options.onHead(head);
    if (this.framing === 'none' || (this.framing === 'content-length' && this.#left === 0)) this.#finish();
  }

  #chooseFraming(head: ResponseHead): void {
    const codings = headerList(head, 'transfer-encoding');
    const length = headerValues(head, 'content-length')[0];
    if (this.#options.toHead || head.status === 204 || head.status === 304) {
      this.framing = 'none';
    } else if (codings.at(-1) === 'chunked') {
      this.framing = 'chunked';
      this.#expectChunkSize();
    } else if (codings.length === 0 && length !== undefined && /^\d+$/.test(length)) {
      this.framing = 'content-length';
      this.#left = Number(length);
      this.#state = 'body';
    } else {
      this.framing = 'close-delimited';
      this.#state = 'body';
    }
  }

  #expectChunkSize(): void {
    this.#state = 'chunk-size';
    this.#headBytes = 0;
  }

  #readChunkSize(line: string): void {
    const size = /^0*([0-9a-fA-F]{1,12})[ \t]*(;.*)?$/.exec(line)?.[1];
    if (size === undefined) {
      this.#malformed(`not a chunk-size: ${JSON.stringify(line.slice(0, 80))}`);
      return;
    }
    this.#left = Number.parseInt(size, 16);
    if (this.#left > 0) this.chunks += 1;
    this.#state = this.#left === 0 ? 'trailer' : 'chunk-data';
  }

  #readChunkEnd(byte: number | undefined): void {
    const expected = this.#line.length === 0 ? CR : LF;
    if (byte !== expected) this.#malformed(`chunk ${this.chunks} does not end where its chunk-size says`);
    else if (byte === CR) this.#line.push(CR);
    else {
      this.#line = [];
      this.#expectChunkSize();
    }
  }

  #finish(): void {
    this.#state = 'complete';
    this.#options.onComplete();
  }

  #malformed(message: string): void {
    this.#state = 'malformed';
    this.#options.onMalformed(message);
  }
}

/** Lines as fields; one that begins with white space goes on with the field before it (obs-fold, RFC 9112 5.2). */
function readFields(lines: readonly string[]): [name: string, value: string][] {
  const fields: [string, string][] = [];
  for (const line of lines) {
    const folded = /^[ \t]/.test(line) ? fields.at(-1) : undefined;
    const colon = line.indexOf(':');
    if (folded) folded[1] = `${folded[1]} ${line.trim()}`.trim();
    else if (colon < 0) fields.push([line, '']);
    else fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return fields;
}
