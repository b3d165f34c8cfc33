import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** Takes a content coding off as the bytes come, without waiting for its end. */
export interface ContentDecoder {
  push(bytes: Uint8Array): void;
  /** Takes no more bytes, and calls back once all that came is decoded. */
  finish(onDecoded: () => void): void;
  /** Drops what is not decoded yet. */
  close(): void;
}

/**
 * A decoder for the codings of a response, or undefined where there are none.
 * @param codings members of Content-Encoding, in lower case
 * @param onBytes called with decoded bytes as soon as the coding lets them out
 */
export function contentDecoder(
  codings: readonly string[],
  onBytes: (bytes: Uint8Array) => void,
): ContentDecoder | undefined {
  const coding = codings.find((one) => one !== 'identity');
  if (coding === undefined) return undefined;
  const flush = constants.Z_SYNC_FLUSH;
  const stream =
    coding === 'gzip' || coding === 'x-gzip'
      ? createGunzip({ flush, finishFlush: flush })
      : coding === 'deflate'
        ? createInflate({ flush, finishFlush: flush })
        : coding === 'br'
          ? createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })
          : undefined;
  if (!stream) return undefined;
  stream.on('data', onBytes);
  // What cannot be decoded shows as an event stream that never says a word; the rules judge that.
  stream.on('error', () => stream.destroy());
  return {
    push: (bytes) => {
      if (!stream.destroyed) stream.write(bytes);
    },
    finish: (onDecoded) => {
      if (stream.destroyed) onDecoded();
      else stream.once('close', onDecoded).end();
    },
    close: () => stream.destroy(),
  };
}
