import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';

/** Takes a content coding off as the bytes come, without waiting for its end. */
export interface ContentDecoder {
  push(bytes: Uint8Array): void;
  /** Takes no more bytes, and calls back once all that came is decoded. */
  finish(onDecoded: () => void): void;
  /** Drops what is not decoded yet. */
  close(): void;
  /** Why it cannot be decoded, a checksum at its end that is wrong included; undefined while it can. */
  readonly fault: string | undefined;
}

type Decompressor = ReturnType<typeof createInflate> | ReturnType<typeof createZstdDecompress>;

const flush = constants.Z_SYNC_FLUSH;
const gunzip = (): Decompressor => createGunzip({ flush, finishFlush: flush });

/** How each coding is taken off; what begins a body tells zlib's deflate from the bare one that some servers send. */
const decompressors: Readonly<Record<string, (firstByte: number) => Decompressor>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: (firstByte) => ((firstByte & 0x0f) === 8 ? createInflate : createInflateRaw)({ flush, finishFlush: flush }),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress(),
};

/**
 * A decoder for the codings of a response, or undefined where there are none.
 * @param codings members of Content-Encoding, in lower case
 * @param onBytes called with decoded bytes as soon as the coding lets them out
 */
export function contentDecoder(
  codings: readonly string[],
  onBytes: (bytes: Uint8Array) => void,
): ContentDecoder | undefined {
  const open = decompressors[codings.find((one) => one !== 'identity') ?? ''];
  if (!open) return undefined;
  let stream: Decompressor | undefined;
  let fault: string | undefined;
  return {
    get fault() {
      return fault;
    },
    push: (bytes) => {
      if (bytes.length === 0 || stream?.destroyed) return;
      stream ??= opened(open(bytes[0] ?? 0), onBytes, (message) => {
        fault = message;
      });
      stream.write(bytes);
    },
    finish: (onDecoded) => {
      if (!stream || stream.destroyed) onDecoded();
      else stream.once('close', onDecoded).end();
    },
    close: () => void stream?.destroy(),
  };
}

function opened(
  stream: Decompressor,
  onBytes: (bytes: Uint8Array) => void,
  onFault: (message: string) => void,
): Decompressor {
  stream.on('data', onBytes);
  // What cannot be decoded shows as an event stream that never says a word; the rules judge that.
  stream.on('error', ({ message }) => {
    onFault(message);
    stream.destroy();
  });
  return stream;
}
