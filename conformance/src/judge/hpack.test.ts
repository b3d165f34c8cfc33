import { array, assert, property, record, string, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeHeaderBlock, HpackDecoder, HpackError } from './hpack.ts';
import { decodeHuffman } from './huffman.ts';

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

describe('the examples of RFC 7541', () => {
  test('C.4: requests with Huffman codes that refer to one another', () => {
    const decoder = new HpackDecoder();
    const first = '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff';
    const second = '8286 84be 5886 a8eb 1064 9cbf';
    const third = '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf';
    const authority = [':authority', 'www.example.com'];
    expect(decoder.decode(bytesOf(first))).toEqual([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      authority,
    ]);
    expect(decoder.decode(bytesOf(second))).toEqual([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      authority,
      ['cache-control', 'no-cache'],
    ]);
    expect(decoder.decode(bytesOf(third))).toEqual([
      [':method', 'GET'],
      [':scheme', 'https'],
      [':path', '/index.html'],
      authority,
      ['custom-key', 'custom-value'],
    ]);
  });

  test('C.2.2 and C.2.3: literals that are remembered by nobody', () => {
    const decoder = new HpackDecoder();
    expect(decoder.decode(bytesOf('040c 2f73 616d 706c 652f 7061 7468'))).toEqual([[':path', '/sample/path']]);
    expect(decoder.decode(bytesOf('1008 7061 7373 776f 7264 0673 6563 7265 74'))).toEqual([['password', 'secret']]);
    expect(() => decoder.decode(bytesOf('be'))).toThrow(HpackError);
  });
});

test('what is encoded is decoded to the same', () => {
  const field = record({ name: string({ unit: 'binary' }), value: string({ unit: 'binary', maxLength: 300 }) });
  assert(
    property(array(field), (fields) => {
      const pairs = fields.map(({ name, value }) => [name, value] as const);
      expect(new HpackDecoder().decode(encodeHeaderBlock(pairs))).toEqual(pairs);
    }),
  );
});

test('any bytes are decoded or refused, and never read without end', () => {
  assert(
    property(uint8Array({ maxLength: 200 }), (block) => {
      try {
        new HpackDecoder().decode(block);
      } catch (error) {
        expect(error).toBeInstanceOf(HpackError);
      }
    }),
  );
});

test('the table forgets the oldest first when it is full', () => {
  // Two entries of 34 bytes each, in a table of 64.
  const decoder = new HpackDecoder();
  const field = (name: string, value: string): number[] => [0x40, 1, name.charCodeAt(0), 1, value.charCodeAt(0)];
  decoder.decode(Uint8Array.from([0x3f, 0x21, ...field('a', '1'), ...field('b', '2')]));
  expect(decoder.decode(bytesOf('be'))).toEqual([['b', '2']]);
  expect(() => decoder.decode(bytesOf('bf'))).toThrow('index 63 names no field');
});

test.each([
  ['a table above what is allowed', '3f e2 1f'],
  ['a change of the table behind a field', '82 20'],
  ['an index of 0', '80'],
  ['a string that ends early', '00 05 61'],
  ['an integer without end', 'ff ff ff ff ff ff ff ff'],
])('%s is refused', (_, hex) => {
  expect(() => new HpackDecoder().decode(bytesOf(hex))).toThrow(HpackError);
});

describe('padding of a Huffman code', () => {
  test('is fewer than eight set bits', () => {
    expect(decodeHuffman(Uint8Array.of(0x1f))).toEqual(Uint8Array.of(0x61));
    expect(decodeHuffman(Uint8Array.of(0x18))).toBeUndefined();
    expect(decodeHuffman(Uint8Array.of(0x1f, 0xff))).toBeUndefined();
  });

  test('is not the whole end-of-string symbol', () => {
    expect(decodeHuffman(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toBeUndefined();
  });
});
