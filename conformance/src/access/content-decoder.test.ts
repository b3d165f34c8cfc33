import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  gzipSync,
} from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { contentDecoder } from './content-decoder.ts';

/** Compresses texts one after the other, flushing behind each; gives what came out for each. */
async function flushedEach(
  stream: ReturnType<typeof createGzip> | ReturnType<typeof createZstdCompress>,
  texts: readonly string[],
  flush?: number,
): Promise<Uint8Array[]> {
  const parts: Buffer[] = [];
  let came: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => came.push(bytes));
  for (const text of texts) {
    stream.write(text);
    await new Promise<void>((resolve) => {
      if (flush === undefined) stream.flush(resolve);
      else stream.flush(flush, resolve);
    });
    // The flush's own bytes are handed out by then.
    await new Promise(setImmediate);
    parts.push(Buffer.concat(came));
    came = [];
  }
  return parts;
}

function decoding(coding: string) {
  let text = '';
  const decoder = contentDecoder([coding], (bytes) => {
    text += Buffer.from(bytes).toString();
  });
  return { decoder, text: () => text };
}

const events = ['data: one\n\n', `data: ${'x'.repeat(5000)}\n\n`, ': beat\n\n'];

describe('each event comes out as soon as its flush is there', () => {
  test.each([
    ['gzip', () => createGzip(), constants.Z_SYNC_FLUSH],
    ['x-gzip', () => createGzip(), constants.Z_SYNC_FLUSH],
    ['deflate', () => createDeflate(), constants.Z_SYNC_FLUSH],
    ['deflate', () => createDeflateRaw(), constants.Z_SYNC_FLUSH],
    ['br', () => createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH],
    ['zstd', () => createZstdCompress(), constants.ZSTD_e_flush],
  ] as const)('%s', async (coding, compress, flush) => {
    const { decoder, text } = decoding(coding);
    let due = '';
    for (const [index, bytes] of (await flushedEach(compress(), events, flush)).entries()) {
      due += events[index];
      // Cut anywhere, also behind the first byte.
      decoder?.push(bytes.subarray(0, 1));
      decoder?.push(bytes.subarray(1));
      await expect.poll(text, { interval: 1 }).toBe(due);
    }
    decoder?.close();
  });
});

test('gzip members that follow one another, one for each event, are read on', async () => {
  const { decoder, text } = decoding('gzip');
  let due = '';
  for (const event of events) {
    decoder?.push(gzipSync(event));
    due += event;
    await expect.poll(text, { interval: 1 }).toBe(due);
  }
  decoder?.close();
});

test('what was decoded when the body ends is handed out before the end', async () => {
  const { decoder, text } = decoding('br');
  decoder?.push(brotliCompressSync('data: last\n\n'));
  await new Promise<void>((resolve) => decoder?.finish(resolve));
  expect(text()).toBe('data: last\n\n');
});

test.each(['gzip', 'deflate', 'br', 'zstd'])(
  'a body that is no %s says nothing, and its end comes all the same',
  async (coding) => {
    const { decoder, text } = decoding(coding);
    decoder?.push(Buffer.from('data: plain\n\n'));
    await new Promise<void>((resolve) => decoder?.finish(resolve));
    expect(text()).toBe('');
  },
);

test('identity and unknown codings have no decoder', () => {
  expect(contentDecoder(['identity'], () => undefined)).toBeUndefined();
  expect(contentDecoder(['compress'], () => undefined)).toBeUndefined();
});
