import { type Batch, type BatchForm, joined } from '../batch.ts';
import type { Sink } from '../subscriber.ts';
import { type DeflatedBlock, deflateBlock, GzipMember, gzipHeader } from './gzip.ts';

/** What bytes are written to: a socket, or a response that frames them itself. */
export interface Wire {
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  end(bytes: Uint8Array): unknown;
  destroy(): unknown;
}

/** How a stream's bytes are put on its wire. */
export interface Coding {
  /** Content-Encoding: gzip. */
  readonly gzip: boolean;
  /** HTTP/1.1 chunks (RFC 9112 7.1), made here; else whoever is behind the wire frames the body, or its end does. */
  readonly chunked: boolean;
}

const lastChunk = Buffer.from('0\r\n\r\n');

/** A Buffer, as sockets make one of every other Uint8Array that they are given: once for all streams here. */
const plain: BatchForm<Buffer> = { make: ({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length) };
const chunk: BatchForm<Buffer> = { make: chunkOf };
const deflated: BatchForm<DeflatedBlock> = { make: deflateBlock };
const deflatedChunk: BatchForm<{ block: DeflatedBlock; wire: Buffer }> = {
  make: (bytes) => {
    const block = deflateBlock(bytes);
    return { block, wire: chunkOf(block.bytes) };
  },
};

/** The first bytes of a body that begins with these, in its coding. */
export function firstBytes(bytes: Uint8Array, { gzip, chunked }: Coding): Uint8Array {
  const body = gzip ? joined([gzipHeader, deflateBlock(bytes).bytes]) : bytes;
  return chunked ? chunkOf(body) : body;
}

/**
 * A sink over a wire on which {@link firstBytes} went out already.
 * @param first what those stood for
 */
export function sinkOver(wire: Wire, { gzip, chunked }: Coding, first: Uint8Array): Sink {
  if (gzip) return new GzipSink(wire, chunked, first);
  return chunked ? new SharedSink(wire, chunk, lastChunk) : new SharedSink(wire, plain);
}

/** Sends what it makes of a batch for all streams alike. */
class SharedSink implements Sink {
  readonly #wire: Wire;
  readonly #form: BatchForm<Buffer>;
  readonly #tail: Uint8Array | undefined;

  /** @param tail the last bytes of the body */
  constructor(wire: Wire, form: BatchForm<Buffer>, tail?: Uint8Array) {
    this.#wire = wire;
    this.#form = form;
    this.#tail = tail;
  }

  write(batch: Batch): boolean {
    return this.#wire.write(batch.as(this.#form));
  }

  end(): void {
    if (this.#tail === undefined) this.#wire.end();
    else this.#wire.end(this.#tail);
  }

  cut(): void {
    this.#wire.destroy();
  }
}

class GzipSink implements Sink {
  readonly #wire: Wire;
  readonly #chunked: boolean;
  readonly #member = new GzipMember();

  constructor(wire: Wire, chunked: boolean, first: Uint8Array) {
    this.#wire = wire;
    this.#chunked = chunked;
    this.#member.add(deflateBlock(first));
  }

  write(batch: Batch): boolean {
    if (!this.#chunked) {
      const block = batch.as(deflated);
      this.#member.add(block);
      return this.#wire.write(block.bytes);
    }
    const { block, wire } = batch.as(deflatedChunk);
    this.#member.add(block);
    return this.#wire.write(wire);
  }

  end(): void {
    const { trailer } = this.#member;
    this.#wire.end(this.#chunked ? Buffer.concat([chunkOf(trailer), lastChunk]) : trailer);
  }

  cut(): void {
    this.#wire.destroy();
  }
}

/** @param bytes at least one: an empty chunk would end the body */
function chunkOf(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, lineEnd]);
}

const lineEnd = Buffer.from('\r\n');
