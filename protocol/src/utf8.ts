const LF = 10;
const CR = 13;

/** From here up, looking for line ends in a chunk takes longer than decoding it. */
const largeChunkBytes = 256;
const heldCapacityBytes = 1024;
const noBytes = new Uint8Array(0);
const noWords = new Int32Array(0);

// Only the byte order mark that begins the stream may be dropped, not one that begins a chunk: lines.ts sees to it.
const keepMark = { ignoreBOM: true };
const streaming = { stream: true };

/** For chunks that begin and end between characters. It keeps no state, so all streams share it. */
const wholeDecoder = new TextDecoder('utf-8', keepMark);

/**
 * Bytes to text: UTF-8 decode, with replacement, of a stream cut anywhere.
 *
 * Calling the decoder costs as much as decoding half a kilobyte. So a small chunk that ends no line, and cannot have an
 * effect before its line ends, is held back as bytes and decoded with what follows.
 */
export class Utf8 {
  readonly #held = new HeldBytes();
  /** For characters cut between chunks; made at the first such cut. */
  #cutDecoder: InstanceType<typeof TextDecoder> | undefined;
  #insideCharacter = false;

  /** The text up to the end of `chunk`, as far as not given before; `''` when all of that can wait. */
  take(chunk: Uint8Array): string {
    const held = this.#held;
    const alone = held.length === 0;
    if (chunk.length >= largeChunkBytes) {
      return alone ? this.#decode(chunk) : this.#decode(held.take()) + this.#decode(chunk);
    }
    // The usual small chunk is one whole event.
    if (alone && chunk[chunk.length - 1] === LF) return this.#decode(chunk);
    if (held.add(chunk)) return '';
    if (!alone) return this.#decode(held.take());
    held.length = 0;
    return this.#decode(chunk);
  }

  #decode(bytes: Uint8Array): string {
    const mayCutCharacter = (bytes[bytes.length - 1] as number) >= 0x80;
    if (!mayCutCharacter && !this.#insideCharacter) return wholeDecoder.decode(bytes);
    this.#insideCharacter = mayCutCharacter;
    this.#cutDecoder ??= new TextDecoder('utf-8', keepMark);
    return this.#cutDecoder.decode(bytes, streaming);
  }
}

/** Small chunks, put together; no line ends in them. */
class HeldBytes {
  length = 0;
  // Made when needed: many a stream comes as whole events, and holds nothing back.
  #bytes = noBytes;
  #words = noWords;

  /** Adds a small chunk; false if the bytes cannot be held any longer, as they end a line or leave no room. */
  add(chunk: Uint8Array): boolean {
    if (this.#bytes === noBytes) {
      this.#bytes = new Uint8Array(heldCapacityBytes);
      this.#words = new Int32Array(this.#bytes.buffer);
    }
    const start = this.length;
    this.#bytes.set(chunk, start);
    this.length += chunk.length;
    return this.length <= heldCapacityBytes - largeChunkBytes && !this.#endsLineFrom(start);
  }

  /** All bytes, which are good until the next `add`. */
  take(): Uint8Array {
    const { length } = this;
    this.length = 0;
    return this.#bytes.subarray(0, length);
  }

  #endsLineFrom(start: number): boolean {
    const bytes = this.#bytes;
    const words = this.#words;
    const end = this.length;
    // Four bytes at once, three times as fast as one by one: the expression is 0 unless one of them is below 16, as LF
    // and CR are. The first word may begin before `start`, with bytes in which no line ends.
    for (let word = start >> 2; word << 2 < end; word += 1) {
      const four = words[word] as number;
      if (((four - 0x10101010) & ~four & 0x80808080) === 0) continue;
      for (let at = word << 2; at < end && at < (word + 1) << 2; at += 1) {
        if (bytes[at] === LF || bytes[at] === CR) return true;
      }
    }
    return false;
  }
}
