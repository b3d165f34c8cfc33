import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MessagePart, MessageReader, requestBodyLength, responseBodyLength } from './message-reader.ts';

const response = (head: string, body: string): string => `HTTP/1.1 ${head}\r\n\r\n${body}`;
const reader = (method = 'GET'): MessageReader => new MessageReader((head) => responseBodyLength(head, method));

/** Heads, whole bodies and what cannot be read. */
function told(parts: readonly MessagePart[]): string[] {
  const words: string[] = [];
  let body: string | undefined;
  for (const part of parts) {
    if (part.kind === 'head') words.push(part.head.startLine);
    if (part.kind === 'lost') words.push(`lost ${part.bytes}`);
    if (part.kind === 'body') body = `${body ?? ''}${part.bytes}`;
    if (part.kind === 'end') words.push(`body ${body ?? ''}`);
    if (part.kind === 'end') body = undefined;
  }
  return body === undefined ? words : [...words, `unfinished ${body}`];
}

const several = [
  response('100 Continue', ''),
  response('200 OK\r\nContent-Length: 5', 'hello'),
  response('204 No Content', ''),
  response('200 OK\r\nTransfer-Encoding: chunked', '3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n'),
  response('200 OK', 'until the end'),
].join('');

test('messages are the same wherever their bytes are cut', () => {
  const bytes = Buffer.from(several);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const one = reader();
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const parts = at.slice(1).flatMap((end, index) => one.push(bytes.subarray(at[index], end)));
      expect(told([...parts, ...one.end()])).toEqual([
        'HTTP/1.1 100 Continue',
        'body ',
        'HTTP/1.1 200 OK',
        'body hello',
        'HTTP/1.1 204 No Content',
        'body ',
        'HTTP/1.1 200 OK',
        'body abc0123456789',
        'HTTP/1.1 200 OK',
        'body until the end',
      ]);
    }),
  );
});

describe('what cannot be read passes as it is', () => {
  test.each([
    ['SSH-2.0-x\r\n\r\nmore', ['lost SSH-2.0-x\r\n\r\nmore']],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nmore', ['HTTP/1.1 200 OK', 'lost more']],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n\0\0', ['HTTP/1.1 101 Switching Protocols', 'lost \0\0']],
    ['HTTP/1.1 200 O', ['lost HTTP/1.1 200 O']],
  ])('%j', (text, expected) => {
    const one = reader();
    expect(told([...one.push(Buffer.from(text)), ...one.end()])).toEqual(expected);
  });
});

test('the answer to HEAD has no body, whatever its length says', () => {
  const parts = reader('HEAD').push(Buffer.from(response('200 OK\r\nContent-Length: 5', '')));
  expect(told(parts)).toEqual(['HTTP/1.1 200 OK', 'body ']);
});

test('a request without a length has no body', () => {
  const requests = new MessageReader(requestBodyLength);
  const parts = requests.push(Buffer.from('GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi'));
  expect(told(parts)).toEqual(['GET /a HTTP/1.1', 'body ', 'POST /b HTTP/1.1', 'body hi']);
});
