import { constants, crc32, deflateRawSync } from 'node:zlib';

/**
 * Bytes compressed on their own, so that they can stand behind anything else in a gzip member (RFC 1952): one
 * compression serves every stream. What the member's trailer needs to know of them comes along.
 */
export interface DeflatedBlock {
  readonly bytes: Uint8Array;
  /** CRC-32 of what was compressed. */
  readonly crc: number;
  /** Bytes that were compressed. */
  readonly length: number;
  /** What a checksum before these bytes is multiplied by, for the checksum of both: x^(8 * length) modulo the CRC's polynomial. */
  readonly shift: number;
}

/** A gzip member's first bytes: deflate, no name, no time, unknown system. */
export const gzipHeader: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

/** An empty final block, fixed codes: the end of the deflate stream. */
const finalBlock = Uint8Array.of(0x03, 0x00);

/** The full flush resets the dictionary and ends at a byte: the block refers to nothing before it, and is shown at once. */
export function deflateBlock(bytes: Uint8Array): DeflatedBlock {
  const compressed = deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH, memLevel: 8 });
  return { bytes: compressed, crc: crc32(bytes), length: bytes.length, shift: powerOfX(bytes.length) };
}

/** Keeps the checksum of one stream, whose blocks are shared with others but not all of them its own. */
export class GzipMember {
  #crc = 0;
  #length = 0;

  add(block: DeflatedBlock): void {
    this.#crc = (multiply(block.shift, this.#crc) ^ block.crc) >>> 0;
    this.#length = (this.#length + block.length) >>> 0;
  }

  /** The last bytes of the member. */
  get trailer(): Uint8Array {
    const trailer = new Uint8Array(finalBlock.length + 8);
    trailer.set(finalBlock);
    const view = new DataView(trailer.buffer);
    view.setUint32(finalBlock.length, this.#crc, true);
    view.setUint32(finalBlock.length + 4, this.#length, true);
    return trailer;
  }
}

/** The CRC-32 polynomial without x^32, its bits reversed: bit 31 stands for x^0. */
const polynomial = 0xedb88320;

/** The product of two polynomials over GF(2), modulo the CRC's. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let left = a; left !== 0; left <<= 1) {
    if (left < 0) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product;
}

/** x^(8 * bytes). */
function powerOfX(bytes: number): number {
  let power = 1 << 31;
  let square = 1 << 23;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
}
