import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DeflatedBlock, deflateBlock, GzipMember, gzipHeader } from './gzip.ts';

function gzipOf(blocks: readonly DeflatedBlock[]): Buffer {
  const member = new GzipMember();
  for (const block of blocks) member.add(block);
  return Buffer.concat([gzipHeader, ...blocks.map(({ bytes }) => bytes), member.trailer]);
}

test('blocks that were compressed on their own make one valid gzip member, whichever of them a stream sends', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 3000 }), fc.boolean())), (all) => {
      const blocks = all.map(([bytes, sent]) => ({ bytes, sent, block: deflateBlock(bytes) }));
      const sent = blocks.filter(({ sent }) => sent);
      // gunzipSync checks the checksum and the length.
      const plain = gunzipSync(gzipOf(sent.map(({ block }) => block)));
      expect(plain.equals(Buffer.concat(sent.map(({ bytes }) => bytes)))).toBe(true);
    }),
  );
});

test('a stream that sent nothing is a valid gzip member too', () => {
  expect(gunzipSync(gzipOf([])).length).toBe(0);
});

test('a long stream keeps its checksum', () => {
  const block = deflateBlock(new Uint8Array(1024 * 1024).fill(120));
  expect(gunzipSync(gzipOf(Array.from({ length: 20 }, () => block))).length).toBe(20 * 1024 * 1024);
});
