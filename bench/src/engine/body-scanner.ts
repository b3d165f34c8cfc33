/** How the end of a body is told (RFC 9112 section 6.3). */
export const framings = { chunked: 1, length: 2, untilClose: 3 } as const;

/** Where in a chunked body a stream is. */
const AT = { size: 0, extension: 1, data: 2, dataEnd: 3, trailer: 4, trailerLine: 5, ended: 6, broken: 7 } as const;
const LF = 10;
const CR = 13;

/** Takes the chunks (RFC 9112 section 7.1) off many bodies at once. */
export class BodyScanner {
  readonly #framing: Uint8Array;
  readonly #at: Uint8Array;
  readonly #left: Float64Array;
  readonly #content: (stream: number, bytes: Uint8Array, from: number, to: number) => void;

  /** @param content told of what the body holds, in pieces */
  constructor(streams: number, content: (stream: number, bytes: Uint8Array, from: number, to: number) => void) {
    this.#framing = new Uint8Array(streams);
    this.#at = new Uint8Array(streams);
    this.#left = new Float64Array(streams);
    this.#content = content;
  }

  /** A body begins. @param length of its content, where the framing is `length` */
  begin(stream: number, framing: number, length: number): void {
    this.#framing[stream] = framing;
    this.#at[stream] = AT.size;
    this.#left[stream] = framing === framings.length ? length : 0;
  }

  /** @returns `open`, or how the body ended */
  feed(stream: number, bytes: Uint8Array, from: number, to: number): 'open' | 'ended' | 'broken' {
    const framing = this.#framing[stream];
    if (framing === framings.untilClose) {
      this.#content(stream, bytes, from, to);
      return 'open';
    }
    if (framing === framings.length) {
      const left = this.#left[stream] ?? 0;
      const end = Math.min(to, from + left);
      if (end > from) this.#content(stream, bytes, from, end);
      this.#left[stream] = left - (end - from);
      return this.#left[stream] === 0 ? 'ended' : 'open';
    }
    return this.#chunks(stream, bytes, from, to);
  }

  #chunks(stream: number, bytes: Uint8Array, from: number, to: number): 'open' | 'ended' | 'broken' {
    let at = this.#at[stream] ?? 0;
    let left = this.#left[stream] ?? 0;
    let index = from;
    while (index < to && at < AT.ended) {
      if (at === AT.data) {
        const end = Math.min(to, index + left);
        this.#content(stream, bytes, index, end);
        left -= end - index;
        index = end;
        if (left === 0) at = AT.dataEnd;
        continue;
      }
      const byte = bytes[index] ?? 0;
      index += 1;
      if (at === AT.size || at === AT.extension) {
        if (byte === LF) at = left > 0 ? AT.data : AT.trailer;
        else if (at === AT.size && byte !== CR) {
          const digit = hexDigit(byte);
          if (digit >= 0) left = left * 16 + digit;
          // A semicolon or a space; anything else is no chunk size.
          else at = byte === 59 || byte === 32 || byte === 9 ? AT.extension : AT.broken;
        }
      } else if (at === AT.dataEnd) {
        if (byte === LF) at = AT.size;
        else if (byte !== CR) at = AT.broken;
      } else if (at === AT.trailer) {
        if (byte === LF) at = AT.ended;
        else if (byte !== CR) at = AT.trailerLine;
      } else if (byte === LF) at = AT.trailer;
    }
    this.#at[stream] = at;
    this.#left[stream] = left;
    return at === AT.ended ? 'ended' : at === AT.broken ? 'broken' : 'open';
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
