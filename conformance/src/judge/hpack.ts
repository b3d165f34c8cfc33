import { decodeHuffman } from './huffman.ts';

/** One field of a header block; names and values as they came. */
export type HeaderField = readonly [name: string, value: string];

/** A header block that breaks RFC 7541. */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}

/** RFC 7541 appendix A: names that stand alone, then those with values. */
const staticTable: readonly HeaderField[] = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`
  .split('\n')
  .map((line) => {
    const space = line.indexOf(' ');
    return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
  });

const text = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8 = new TextEncoder();

/** Reads the header blocks of one connection, in their order: each may refer to those before it. */
export class HpackDecoder {
  /** The newest first. */
  readonly #dynamic: { readonly field: HeaderField; readonly size: number }[] = [];
  readonly #largestTable: number;
  #tableLimit: number;
  #tableSize = 0;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** @param largestTable bytes of the dynamic table that this side allows (SETTINGS_HEADER_TABLE_SIZE) */
  constructor(largestTable = 4096) {
    this.#largestTable = largestTable;
    this.#tableLimit = largestTable;
  }

  /** @throws HpackError; the connection cannot be read on after it */
  decode(block: Uint8Array): HeaderField[] {
    this.#block = block;
    this.#at = 0;
    const fields: HeaderField[] = [];
    while (this.#at < block.length) {
      const field = this.#next(fields.length === 0);
      if (field) fields.push(field);
    }
    return fields;
  }

  #next(mayResize: boolean): HeaderField | undefined {
    const first = this.#block[this.#at] ?? 0;
    if (first & 0x80) return this.#field(this.#integer(7));
    if (first & 0x40) return this.#remember(this.#literal(6));
    if (!(first & 0x20)) return this.#literal(4);
    const limit = this.#integer(5);
    if (limit > this.#largestTable) throw new HpackError(`a dynamic table of ${limit} bytes is larger than allowed`);
    if (!mayResize) throw new HpackError('the size of the dynamic table changes behind a field');
    this.#tableLimit = limit;
    this.#evict();
    return undefined;
  }

  #literal(prefix: 4 | 6): HeaderField {
    const index = this.#integer(prefix);
    const name = index === 0 ? this.#string() : this.#field(index)[0];
    return [name, this.#string()];
  }

  #field(index: number): HeaderField {
    const field = staticTable[index - 1] ?? this.#dynamic[index - 1 - staticTable.length]?.field;
    if (!field) throw new HpackError(`index ${index} names no field`);
    return field;
  }

  #remember(field: HeaderField): HeaderField {
    const size = utf8.encode(field[0]).length + utf8.encode(field[1]).length + 32;
    this.#dynamic.unshift({ field, size });
    this.#tableSize += size;
    this.#evict();
    return field;
  }

  #evict(): void {
    while (this.#tableSize > this.#tableLimit) this.#tableSize -= this.#dynamic.pop()?.size ?? 0;
  }

  /** An integer with an N-bit prefix (RFC 7541 5.1). */
  #integer(prefix: number): number {
    const largest = 2 ** prefix - 1;
    let value = this.#byte() & largest;
    if (value < largest) return value;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new HpackError('an integer has too many bytes');
  }

  #string(): string {
    const huffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    if (this.#at + length > this.#block.length) throw new HpackError('a string goes on behind the block');
    const bytes = this.#block.subarray(this.#at, this.#at + length);
    this.#at += length;
    const decoded = huffman ? decodeHuffman(bytes) : bytes;
    if (!decoded) throw new HpackError('a string is no Huffman code');
    return text.decode(decoded);
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new HpackError('a field goes on behind the block');
    this.#at += 1;
    return byte;
  }
}

/** A header block of literals that refers to nothing and is remembered by nobody (RFC 7541 6.2.2). */
export function encodeHeaderBlock(fields: readonly HeaderField[]): Uint8Array {
  return Uint8Array.from(fields.flatMap(([name, value]) => [0, ...encodeString(name), ...encodeString(value)]));
}

function encodeString(string: string): number[] {
  const bytes = utf8.encode(string);
  return [...encodeLength(bytes.length), ...bytes];
}

function encodeLength(length: number): number[] {
  if (length < 0x7f) return [length];
  const encoded = [0x7f];
  let left = length - 0x7f;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) encoded.push((left % 0x80) + 0x80);
  return [...encoded, left];
}
