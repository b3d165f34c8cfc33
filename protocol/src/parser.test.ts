import { expect, test, vi } from 'vitest';
import { recordingParser } from '../testing/recording-parser.ts';
import type { Happening } from '../testing/reference-reader.ts';
import { createParser } from './parser.ts';

const utf8 = new TextEncoder();

/** Latin-1 to bytes, for streams that are not UTF-8. */
function bytes(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0));
}

function event(data: string, type = 'message', lastEventId = ''): Happening {
  return { kind: 'event', event: { type, data, lastEventId } };
}

function comment(text: string): Happening {
  return { kind: 'comment', text };
}

function retry(reconnectionTimeMs: number): Happening {
  return { kind: 'retry', reconnectionTimeMs };
}

/** What the parser makes of a stream; it must be the same whole, byte by byte, and cut once anywhere. */
function parse(stream: string | Uint8Array): Happening[] {
  const all = typeof stream === 'string' ? utf8.encode(stream) : stream;
  const feed = (chunks: Iterable<Uint8Array>): Happening[] => {
    const { parser, happenings } = recordingParser();
    for (const chunk of chunks) parser.feed(chunk);
    return happenings;
  };
  const happenings = feed([all]);
  expect(feed(Array.from(all, (byte) => Uint8Array.of(byte)))).toEqual(happenings);
  for (let cut = 0; cut <= all.length; cut += 1) {
    expect(feed([all.subarray(0, cut), all.subarray(cut)])).toEqual(happenings);
  }
  return happenings;
}

test.each<[sentence: string, stream: string | Uint8Array, expected: Happening[]]>([
  ['LF ends a line, and a blank line dispatches', 'data: a\n\n', [event('a')]],
  ['CRLF is one line end', 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n', [event('a\nb'), event('c')]],
  ['a lone CR ends a line', 'data: a\rdata: b\r\rdata: c\r\r', [event('a\nb'), event('c')]],
  ['line ends may be mixed', 'data:test\r\ndata\ndata:test\r\n\r\n', [event('test\n\ntest')]],
  ['LF CR is two line ends', 'data: a\n\rdata: b\n\n', [event('a'), event('b')]],
  ['CR CRLF is two line ends', 'data: a\r\r\ndata: b\n\n', [event('a'), event('b')]],
  ['blank lines with nothing before them do nothing', '\n\n\nid: 1\ndata: a\n\n\n\n', [event('a', 'message', '1')]],
  ['no other character ends a line', 'data: \u2028\u2029\u0085\x0b\x0c\n\n', [event('\u2028\u2029\u0085\x0b\x0c')]],
  ['a byte order mark may begin the stream', '\uFEFFdata: a\n\n', [event('a')]],
  ['a stream may be a byte order mark alone', '\uFEFF', []],
  ['a second byte order mark is part of the first line', '\uFEFF\uFEFFdata: a\n\ndata: b\n\n', [event('b')]],
  ['a byte order mark at a later line is part of it', 'data: a\n\n\uFEFFdata: b\n\n', [event('a')]],
  [
    'a byte order mark in a value is kept',
    '\uFEFFdata: \uFEFFa\nid:\uFEFFb\n\n',
    [event('\uFEFFa', 'message', '\uFEFFb')],
  ],
  ['part of a byte order mark is no mark', bytes('\xef\xbbdata: a\n\ndata: b\n\n'), [event('b')]],
  ['its bytes read as Latin-1 and encoded again are no mark', 'ï»¿data: a\n\ndata: b\n\n', [event('b')]],
  ['a byte order mark of UTF-16 is no mark', bytes('\xff\xfedata: a\n\ndata: b\n\n'), [event('b')]],
  ['characters of any length arrive', 'data: é€豆😀\n\n', [event('é€豆😀')]],
  [
    'each maximal part of an invalid sequence is one U+FFFD, and line ends after it count',
    bytes('data: \xffx\xc3(\xe2\x82\n\n'),
    [event('\uFFFDx\uFFFD(\uFFFD')],
  ],
  [
    'encoded surrogates and overlong forms are invalid, also those of line ends',
    bytes('data: \xed\xa0\x80|\xc0\x8a|\xf5\x80\n\n'),
    [event('\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD\uFFFD')],
  ],
  ['U+0000 in data is kept', 'data: a\0b\n\n', [event('a\0b')]],
  ['a comment changes nothing', 'event: e\n: c\ndata: a\n:\n\n', [comment(' c'), comment(''), event('a', 'e')]],
  ['exactly one space after the colon is removed', 'data:a\ndata: b\ndata:  c\ndata: \n\n', [event('a\nb\n c\n')]],
  ['only U+0020 is that space', 'data:\ta\ndata:\u00a0b\n\n', [event('\ta\n\u00a0b')]],
  ['a line without colon is a field with an empty value', 'data\n\ndata\ndata\n\n', [event(''), event('\n')]],
  ['only the first colon separates', 'data:a:b\n\ndata::c\n\n', [event('a:b'), event(':c')]],
  ['names are compared exactly', 'Data: a\n data: b\ndata : c\ndata\0: d\ndat: e\ndatax: f\n: g\n\n', [comment(' g')]],
  ['a stream of something else holds no events', '{"error":"x"}\n\n<!doctype html>\n\n', []],
  ['data lines join with LF, empty ones too', 'data:\ndata: a\ndata\ndata: b\ndata:\n\n', [event('\na\n\nb\n')]],
  ['an empty data line dispatches an event with empty data', 'data:\n\ndata: \n\n', [event(''), event('')]],
  [
    'without data there is no event',
    'event: e\nid: 1\nretry: 5\n\ndata: a\n\n',
    [retry(5), event('a', 'message', '1')],
  ],
  ['the event type holds for one event', 'event: e\ndata: a\n\ndata: b\n\n', [event('a', 'e'), event('b')]],
  ['the event type is forgotten at a blank line without event too', 'event: e\n\ndata: a\n\n', [event('a')]],
  ['the last event type counts', 'event: d\nevent: e\ndata: a\n\n', [event('a', 'e')]],
  ['an empty event type is message', 'event: e\nevent\ndata: a\n\nevent:\ndata: b\n\n', [event('a'), event('b')]],
  ['any string is an event type', 'event: __proto__\ndata: a\n\n', [event('a', '__proto__')]],
  [
    'the last event ID persists',
    'id: 1\ndata: a\n\ndata: b\n\n',
    [event('a', 'message', '1'), event('b', 'message', '1')],
  ],
  ['an empty id resets it', 'id: 1\ndata: a\n\nid\ndata: b\n\n', [event('a', 'message', '1'), event('b')]],
  ['an id with U+0000 is ignored', 'id: 1\nid: \0\nid: a\0b\nid:\0\ndata: a\n\n', [event('a', 'message', '1')]],
  ['an id without data sets it', 'id: 1\n\ndata: a\n\n', [event('a', 'message', '1')]],
  ['an id is kept as it is', 'id:  a: …😀 \ndata: a\n\n', [event('a', 'message', ' a: …😀 ')]],
  [
    'retry is ASCII digits and nothing else',
    'retry: 1500\nretry: 1.5\nretry: -1\nretry: 2 \nretry: ٣\nretry: 0x1\nretry\n',
    [retry(1500)],
  ],
  ['a retry beyond the whole numbers is the largest of them', `retry: ${'9'.repeat(400)}\n`, [retry(2 ** 53 - 1)]],
  ['an event without its blank line is discarded', 'data: a\n\nid: 1\ndata: b\n', [event('a')]],
  ['a line without its end is discarded', 'data: a\n\nretry: 1', [event('a')]],
])('%s', (_, stream, expected) => {
  expect(parse(stream)).toEqual(expected);
});

test('lines and events longer than any buffer arrive whole, whatever the chunks', () => {
  const long = `€${'x'.repeat(70_000)}`;
  const stream = utf8.encode(`data: ${long}\r\ndata: ${long}\r\n\r\nid: ${long}\ndata: b\n\n`);
  for (const size of [1, 63, 255, 256, 1000, 16_384, 16_385, stream.length]) {
    const { parser, happenings } = recordingParser();
    for (let at = 0; at < stream.length; at += size) parser.feed(stream.subarray(at, at + size));
    expect(happenings).toEqual([event(`${long}\n${long}`), event('b', 'message', long)]);
  }
});

test('an event of many data lines arrives whole', () => {
  const values = Array.from({ length: 1000 }, (_, index) => String(index));
  expect(parse('data: a\n\n')).toEqual([event('a')]);
  const { parser, happenings } = recordingParser();
  parser.feed(utf8.encode(`${values.map((value) => `data: ${value}\n`).join('')}\ndata: b\n\n`));
  expect(happenings).toEqual([event(values.join('\n')), event('b')]);
});

test('an event is dispatched when the CR of its blank line is in, and a LF after it is not a blank line', () => {
  const { parser, happenings } = recordingParser();
  parser.feed(utf8.encode('data: a\r\r'));
  expect(happenings).toEqual([event('a')]);
  parser.feed(utf8.encode('\ndata: b\n\n'));
  expect(happenings).toEqual([event('a'), event('b')]);
});

test('empty chunks change nothing, before the byte order mark or inside a character', () => {
  const { parser, happenings } = recordingParser();
  const none = new Uint8Array(0);
  const stream = utf8.encode('\uFEFFdata: €\r\n\r\n');
  parser.feed(none);
  for (const byte of stream) {
    parser.feed(Uint8Array.of(byte));
    parser.feed(none);
  }
  expect(happenings).toEqual([event('€')]);
});

test('the bytes of a chunk may change once feed has returned', () => {
  const { parser, happenings } = recordingParser();
  const chunk = utf8.encode('data: ab');
  parser.feed(chunk);
  chunk.fill(120);
  parser.feed(utf8.encode('c\n\n'));
  expect(happenings).toEqual([event('abc')]);
});

test('a Buffer, or a view of a larger buffer, is read within its bounds', () => {
  const { parser, happenings } = recordingParser();
  const large = utf8.encode('data: x\n\ndata: a\n\ndata: y\n\n');
  parser.feed(large.subarray(9, 18));
  parser.feed(Buffer.from('data: b\n\n'));
  expect(happenings).toEqual([event('a'), event('b')]);
});

test('lastEventId is that of the last blank line, not of an event that is still to come', () => {
  const parser = createParser({ onEvent: () => {} });
  expect(parser.lastEventId).toBe('');
  parser.feed(utf8.encode('id: 1\n'));
  expect(parser.lastEventId).toBe('');
  parser.feed(utf8.encode('\nid: 2\ndata: a\n'));
  expect(parser.lastEventId).toBe('1');
  parser.end();
  expect(parser.lastEventId).toBe('1');
});

test('a last event ID from the stream before holds until the stream names one', () => {
  const { parser, happenings } = recordingParser({ lastEventId: '7' });
  expect(parser.lastEventId).toBe('7');
  parser.feed(utf8.encode('data: a\n\nid: 8\ndata: b\n\n'));
  expect(happenings).toEqual([event('a', 'message', '7'), event('b', 'message', '8')]);
});

test('after its end a parser takes nothing more', () => {
  const { parser, happenings } = recordingParser();
  parser.feed(utf8.encode('data: a\n'));
  parser.end();
  expect(() => parser.feed(utf8.encode('\n'))).toThrow('make a new parser');
  expect(happenings).toEqual([]);
});

test('a callback that ends the parser is the last, however much the chunk still holds', () => {
  const onEvent = vi.fn(() => parser.end());
  const onComment = vi.fn();
  const parser = createParser({ onEvent, onComment });
  parser.feed(utf8.encode(`data: a\n\ndata: b\n\n:${'c'.repeat(20_000)}\n:d\n`));
  expect(onEvent).toHaveBeenCalledTimes(1);
  expect(onComment).not.toHaveBeenCalled();
});

test('what a callback throws comes out of feed, then and at every later call', () => {
  const failure = new Error('from the callback');
  const parser = createParser({
    onEvent: () => {
      throw failure;
    },
  });
  expect(() => parser.feed(utf8.encode('data: a\n\n'))).toThrow(failure);
  expect(() => parser.feed(utf8.encode('data: b\n\n'))).toThrow(failure);
});
