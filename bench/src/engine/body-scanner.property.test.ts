import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf } from '../../../protocol/testing/arbitraries/chunking.ts';
import { BodyScanner, framings } from './body-scanner.ts';
import { readHead } from './response-head.ts';

function bodyOf(framing: number, reads: readonly Uint8Array[], length = 0): { content: string; end: string } {
  let content = '';
  const scanner = new BodyScanner(1, (_, bytes, from, to) => {
    content += Buffer.from(bytes.subarray(from, to)).toString('latin1');
  });
  scanner.begin(0, framing, length);
  let end = 'open';
  for (const read of reads) if (end === 'open') end = scanner.feed(0, read, 0, read.length);
  return { content, end };
}

const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });

test('a chunked body is what its chunks hold, however the network cuts it', () => {
  const wire = parts.chain((chunks) => {
    const text = [...chunks, new Uint8Array(0)].map((chunk, at) => {
      const size = chunk.length.toString(16);
      return Buffer.concat([Buffer.from(`${at % 2 ? size.toUpperCase() : size};x=1\r\n`), chunk, Buffer.from('\r\n')]);
    });
    return fc.tuple(fc.constant(chunks), chunksOf(new Uint8Array(Buffer.concat(text))));
  });
  fc.assert(
    fc.property(wire, ([chunks, reads]) => {
      const { content, end } = bodyOf(framings.chunked, reads);
      expect(content).toBe(Buffer.concat(chunks).toString('latin1'));
      expect(end).toBe('ended');
    }),
  );
});

test('a body of a told length ends there, and one until the close does not end', () => {
  const bytes = new TextEncoder().encode('abcdef');
  expect(bodyOf(framings.length, [bytes.subarray(0, 3), bytes.subarray(3)], 5)).toEqual({
    content: 'abcde',
    end: 'ended',
  });
  expect(bodyOf(framings.untilClose, [bytes])).toEqual({ content: 'abcdef', end: 'open' });
});

test('what is no chunk size breaks the body', () => {
  expect(bodyOf(framings.chunked, [new TextEncoder().encode('HTTP/1.1 200 OK\r\n')]).end).toBe('broken');
});

test.each([
  [
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nx',
    200,
    true,
    framings.chunked,
  ],
  ['HTTP/1.1 200 OK\r\ncontent-type:text/event-stream;charset=utf-8\r\n\r\n', 200, true, framings.untilClose],
  ['HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n', 200, false, framings.length],
  [
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n',
    200,
    false,
    framings.untilClose,
  ],
  ['HTTP/1.1 503 Service Unavailable\r\n\r\n', 503, false, framings.untilClose],
  ['nonsense\r\n\r\n', 0, false, framings.untilClose],
])('the head %j', (text, status, eventStream, framing) => {
  expect(readHead(Buffer.from(text))).toMatchObject({ status, eventStream, framing });
});

test('a head that is not complete is none yet', () => {
  expect(readHead(Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: te'))).toBeUndefined();
});
