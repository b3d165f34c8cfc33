import { array, assert, constantFrom, nat, property, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BodyFraming, header, headerList, type ResponseHead, ResponseReader } from './response-reader.ts';

interface Reading {
  readonly head: ResponseHead | undefined;
  readonly body: string;
  readonly framing: BodyFraming | undefined;
  readonly chunks: number;
  readonly complete: boolean;
  readonly malformed: string | undefined;
  readonly surplusBytes: number;
}

/** Reads a response given in pieces. */
function read(
  pieces: readonly (string | Uint8Array)[],
  options: { toHead?: boolean; maxHeadBytes?: number } = {},
): Reading {
  const body: Uint8Array[] = [];
  const heads: ResponseHead[] = [];
  let ends = 0;
  let malformed: string | undefined;
  const reader = new ResponseReader({
    toHead: false,
    ...options,
    onHead: (head) => heads.push(head),
    onBody: (bytes) => body.push(bytes.slice()),
    onComplete: () => {
      ends += 1;
    },
    onMalformed: (message) => {
      expect(malformed, 'a second complaint').toBeUndefined();
      malformed = message;
    },
  });
  for (const piece of pieces) reader.push(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
  expect(heads.length).toBeLessThanOrEqual(1);
  expect(ends).toBe(reader.complete ? 1 : 0);
  return {
    head: heads[0],
    body: Buffer.concat(body).toString('latin1'),
    framing: reader.framing,
    chunks: reader.chunks,
    complete: reader.complete,
    malformed,
    surplusBytes: reader.surplusBytes,
  };
}

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

const responses: readonly string[] = [
  `${ok}Content-Length: 5\r\n\r\nhelloEXTRA`,
  `${chunked}5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n`,
  `${chunked}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\nHTTP/1.1 200 OK\r\n`,
  `${chunked}5\r\nhello!\r\n`,
  `${chunked}zz\r\n`,
  `${ok}Content-Type: text/event-stream\r\n\r\ndata: a\n\n`,
  `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
  'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'SSH-2.0-server\r\n\r\n',
];

test('a response reads the same however it is cut', () => {
  const pieces = array(nat(80), { maxLength: 8 });
  assert(
    property(constantFrom(...responses), pieces, (response, cuts) => {
      const bytes = Buffer.from(response, 'latin1');
      const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
      const parts = places.map((place, n) => bytes.subarray(places[n - 1] ?? 0, place));
      expect(read(parts)).toEqual(read([bytes]));
      expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(read([bytes]));
    }),
  );
});

test('a body comes back out of any chunks, byte by byte', () => {
  assert(
    property(array(uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 10 }), nat(5), (parts, zeros) => {
      const wire = parts.flatMap((part) => [
        Buffer.from(`${'0'.repeat(zeros)}${part.length.toString(16)}\r\n`),
        Buffer.from(part),
        Buffer.from('\r\n'),
      ]);
      const reading = read([chunked, ...wire, '0\r\n\r\n']);
      expect(reading).toMatchObject({ complete: true, malformed: undefined, chunks: parts.length });
      expect(Buffer.from(reading.body, 'latin1')).toEqual(Buffer.concat(parts));
    }),
  );
});

test('whatever comes, it ends in at most one way and nothing throws', () => {
  const scraps = constantFrom(...responses, '\r\n', '\n', '\r', '0', 'a: b', '\0', 'HTTP/1.1 200 OK', ': ', '\xff');
  assert(
    property(array(scraps, { maxLength: 12 }), (pieces) => {
      const { complete, malformed } = read(pieces);
      expect(complete && malformed !== undefined).toBe(false);
    }),
  );
});

describe('the head', () => {
  test('keeps names as sent, values without surrounding space, and their order', () => {
    const { head } = read([`${ok}X-One:  a b \r\nx-one:c\r\nEmpty:\r\n\r\n`]);
    expect(head).toMatchObject({ httpVersion: '1.1', status: 200, reason: 'OK' });
    expect(head?.fields).toEqual([
      ['X-One', 'a b'],
      ['x-one', 'c'],
      ['Empty', ''],
    ]);
    expect(head && header(head, 'X-ONE')).toBe('a b, c');
    expect(head && header(head, 'missing')).toBeUndefined();
  });

  test('gives the members of a list in lower case', () => {
    const { head } = read([`${ok}Cache-Control: No-Store, ,no-transform\r\ncache-control: private\r\n\r\n`]);
    expect(head && headerList(head, 'cache-control')).toEqual(['no-store', 'no-transform', 'private']);
  });

  test('may lack the reason, and its lines may end with LF alone', () => {
    expect(read(['\r\nHTTP/1.0 404\nA: b\n\n']).head).toMatchObject({ httpVersion: '1.0', status: 404, reason: '' });
  });

  test('joins a folded line to the field before it', () => {
    expect(read([`${ok}A: b\r\n  c: d\r\n\r\n`]).head?.fields).toEqual([['A', 'b c: d']]);
  });

  test('is malformed where it does not end, also when it is all line feeds', () => {
    expect(read([ok, 'A: b\r\n'.repeat(20)], { maxHeadBytes: 100 }).malformed).toBe('the header block does not end');
    expect(read(['\n'.repeat(200)], { maxHeadBytes: 100 }).malformed).toBe('the header block does not end');
  });

  test.each(['HTTP/1.1 20 OK', 'HTTP/1.1 099 No', 'HTTP/2 200', 'http/1.1 200 OK', 'data: a'])(
    'is malformed as %s',
    (line) => {
      expect(read([`${line}\r\n\r\n`]).malformed).toMatch(/^not an HTTP\/1 status line/);
    },
  );
});

describe('where the body ends', () => {
  test('interim responses are passed over', () => {
    const reading = read(['HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\n', `${ok}Content-Length: 2\r\n\r\nok`]);
    expect(reading).toMatchObject({ head: { status: 200 }, body: 'ok', complete: true });
  });

  test('after 101 no more HTTP comes', () => {
    const reading = read(['HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n', '\x81\x00']);
    expect(reading).toMatchObject({ head: { status: 101 }, framing: 'close-delimited', malformed: undefined });
  });

  test.each([
    ['a response to HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', true],
    ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', false],
    ['304', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', false],
  ])('%s has none, whatever its fields say', (_, response, toHead) => {
    expect(read([response], { toHead })).toMatchObject({ framing: 'none', complete: true, surplusBytes: 0 });
    expect(read([response, 'hello'], { toHead })).toMatchObject({ body: '', surplusBytes: 5 });
  });

  test('Content-Length counts, and what comes behind it is surplus', () => {
    expect(read([`${ok}Content-Length: 5\r\n\r\nhel`])).toMatchObject({ framing: 'content-length', complete: false });
    expect(read([`${ok}Content-Length: 5\r\n\r\nhel`, 'lo', 'more'])).toMatchObject({ body: 'hello', surplusBytes: 4 });
    expect(read([`${ok}Content-Length: 0\r\n\r\n`])).toMatchObject({ body: '', complete: true });
  });

  test('Transfer-Encoding wins over Content-Length', () => {
    const reading = read([`${ok}Content-Length: 3\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n`]);
    expect(reading).toMatchObject({ framing: 'chunked', body: 'hello', complete: false });
  });

  test.each([
    ['no length', ''],
    ['a Content-Length that is no number', 'Content-Length: five\r\n'],
    ['codings that do not end in chunked', 'Transfer-Encoding: chunked, gzip\r\nContent-Length: 2\r\n'],
  ])('%s leaves it to the end of the connection', (_, fields) => {
    expect(read([`${ok}${fields}\r\n`, 'hello'])).toMatchObject({ framing: 'close-delimited', body: 'hello' });
  });
});

describe('chunks', () => {
  test('a trailer section is read and passed over', () => {
    const reading = read([`${chunked}2\r\nok\r\n0\r\nX: y\r\n`]);
    expect(reading.complete).toBe(false);
    expect(read([`${chunked}2\r\nok\r\n0\r\nX: y\r\n\r\n`])).toMatchObject({ complete: true, body: 'ok', chunks: 1 });
  });

  test('a chunk longer than its size says is seen at the first byte too many', () => {
    const longer = read([`${chunked}4\r\nhello`]);
    expect(longer).toMatchObject({ body: 'hell', malformed: 'chunk 1 does not end where its chunk-size says' });
  });

  test('a chunk shorter than its size says is seen when the next one is due', () => {
    const reading = read([`${chunked}7\r\nhello\r\n`, '5\r\nhello\r\n']);
    expect(reading.malformed).toBe('chunk 1 does not end where its chunk-size says');
  });

  test.each(['', 'xyz', '-1', '0x5', '5 5', '+5', '1234567890abc'])('%j is not a chunk-size', (size) => {
    expect(read([`${chunked}${size}\r\n`]).malformed).toBe(`not a chunk-size: ${JSON.stringify(size)}`);
  });

  test('a line end that is not CRLF is malformed', () => {
    expect(read([`${chunked}5\nhello\r\n`]).malformed).toMatch(/LF ends without CR/);
    expect(read([`${chunked}5\r\nhello\n`]).malformed).toMatch(/does not end/);
  });

  test('lines without end are malformed', () => {
    const limit = { maxHeadBytes: 100 };
    expect(read([`${chunked}5;${'x'.repeat(200)}`], limit).malformed).toBe('a chunk-size line does not end');
    expect(read([`${chunked}0\r\n${'X: y\r\n'.repeat(50)}`], limit).malformed).toBe('the trailer section does not end');
  });

  test('a long stream of small chunks meets no limit', () => {
    const reading = read([chunked, ...Array.from({ length: 200 }, () => '2\r\n:\n\r\n')], { maxHeadBytes: 100 });
    expect(reading).toMatchObject({ malformed: undefined, chunks: 200 });
  });
});
