import { array, assert, constantFrom, nat, property, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, type BodyEnd, type InspectorOptions, type Violation, WireInspector } from './wire-inspector.ts';

const encoder = new TextEncoder();

/** Reads chunks, texts as UTF-8, and gives everything that the inspector told. */
function inspect(chunks: readonly (string | Uint8Array)[], options: InspectorOptions = {}, end: BodyEnd = 'provoked') {
  const blocks: Block[] = [];
  const violations: Violation[] = [];
  const comments: string[] = [];
  const inspector = new WireInspector({
    ...options,
    onBlock: (block) => blocks.push(block),
    onViolation: (violation) => violations.push(violation),
    onComment: (text) => comments.push(text),
  });
  for (const chunk of chunks) inspector.push(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
  inspector.end(end);
  return { blocks, violations, comments, inspector };
}

const events = (text: string) =>
  inspect([text])
    .blocks.filter(({ dispatched }) => dispatched)
    .map(({ type, data, lastEventId }) => ({ type, data, lastEventId }));

describe('what a client would dispatch', () => {
  test("the standard's first example gives its three lines as one event", () => {
    expect(events('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual([
      { type: 'message', data: 'YHOO\n+2\n10', lastEventId: '' },
    ]);
  });

  test("the standard's second example gives two events, the second with an empty id", () => {
    const stream = ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event';
    expect(events(stream)).toEqual([
      { type: 'message', data: 'first event', lastEventId: '1' },
      { type: 'message', data: 'second event', lastEventId: '' },
    ]);
  });

  test("the standard's third example gives an empty event and one of a newline, and discards the unfinished one", () => {
    expect(events('data\n\ndata\ndata\n\ndata:').map(({ data }) => data)).toEqual(['', '\n']);
  });

  test('one space after the colon is taken off, and only one', () => {
    expect(events('data:test\n\ndata: test\n\ndata:  test\n\n').map(({ data }) => data)).toEqual([
      'test',
      'test',
      ' test',
    ]);
  });

  test('the last event ID stays over events, and over blocks without data', () => {
    expect(events('id: 1\n\ndata: a\n\ndata: b\nid: 2\n\n').map(({ lastEventId }) => lastEventId)).toEqual(['1', '2']);
  });

  test('an event type holds for one block, also where that block has no data', () => {
    expect(events('event: x\n\ndata: a\n\n')).toEqual([{ type: 'message', data: 'a', lastEventId: '' }]);
  });
});

describe('what it tells of the bytes', () => {
  const cases: readonly (readonly [string, string | Uint8Array, Partial<Violation>])[] = [
    [
      'an unknown field',
      'data: a\nDate: x\n\n',
      { rule: 'framing/known-fields', severity: 'warning', offset: 8, line: 2, mark: [0, 4] },
    ],
    [
      'an id with NUL',
      'id: a\0b\n\n',
      { rule: 'framing/null-in-id', severity: 'error', offset: 5, line: 1, mark: [5, 6] },
    ],
    ['a retry that is no number', 'retry: 0.5\n\n', { rule: 'framing/retry-digits', severity: 'error', offset: 7 }],
    ['a retry with full-width digits', 'retry: \uff11\n\n', { rule: 'framing/retry-digits', severity: 'error' }],
    ['a retry of 5 ms', 'retry: 5\n\n', { rule: 'framing/retry-digits', severity: 'warning' }],
    ['a retry of an hour', 'retry: 3600000\n\n', { rule: 'framing/retry-digits', severity: 'warning' }],
    [
      'a byte order mark in mid-stream',
      ':\n\n\ufeffdata: a\n\n',
      { rule: 'framing/byte-order-mark', severity: 'error', offset: 3, line: 3 },
    ],
    [
      'a second byte order mark at the start',
      '\ufeff\ufeffdata: a\n\n',
      { rule: 'framing/byte-order-mark', offset: 3, line: 1 },
    ],
    ['CRLF', 'data: a\r\n\r\n', { rule: 'framing/line-endings', severity: 'warning', offset: 7, line: 1 }],
    ['line ends of two kinds', 'data: a\n\r\n', { rule: 'framing/line-endings', offset: 8, line: 2 }],
    [
      'an event named open',
      'event: open\ndata: a\n\n',
      { rule: 'framing/reserved-event-names', severity: 'warning', offset: 7 },
    ],
    [
      'bytes that are no UTF-8',
      new Uint8Array([100, 58, 0xff, 10]),
      { rule: 'framing/valid-utf-8', severity: 'error', offset: 2, mark: [2, 3] },
    ],
    ['a surrogate in UTF-8', new Uint8Array([58, 0xed, 0xa0, 0x80, 10]), { rule: 'framing/valid-utf-8', offset: 1 }],
    ['an event type without data', 'event: x\n\n', { severity: 'note', offset: 0, field: 'event' }],
  ];

  test.each(cases)('%s', (_, bytes, wanted) => {
    const violations = inspect([bytes]).violations.filter(({ rule }) => rule === wanted.rule);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatchObject(wanted);
  });

  test('a declared field is no violation', () => {
    expect(inspect(['x-room: 7\n\n'], { allowFields: ['x-room'] }).violations).toEqual([]);
  });

  test('an event above the limit is told once, with its size', () => {
    const { violations, inspector } = inspect([`data: ${'x'.repeat(100)}\n\n`], { maxEventBytes: 100 });
    expect(violations.map(({ rule, message }) => [rule, message.slice(0, 22)])).toEqual([
      ['framing/event-size', 'one event of 108 bytes'],
    ]);
    expect(inspector.longestEventBytes).toBe(108);
  });

  test('a line beyond what is kept costs no memory beyond it and loses only its own end', () => {
    const { blocks } = inspect(['data: ', 'x'.repeat(50), 'y'.repeat(50), '\n\ndata: next\n\n'], { maxLineBytes: 56 });
    expect(blocks.map(({ data }) => data)).toEqual(['x'.repeat(50), 'next']);
  });

  test('comments are told, and are no blocks of fields', () => {
    const { comments, blocks } = inspect([': one\n:two\n\n']);
    expect(comments).toEqual([' one', 'two']);
    expect(blocks).toMatchObject([{ comments: 2, fields: [], dispatched: false }]);
  });
});

describe('how the body ends', () => {
  const unfinished = 'data: a\n';
  test('an unfinished event at a clean end is an error', () => {
    expect(inspect([unfinished], {}, 'complete').violations).toMatchObject([
      { rule: 'framing/last-event-terminated', severity: 'error', offset: 0 },
    ]);
  });
  test('a comment that is cut short takes no event with it, unless one was under way', () => {
    expect(inspect(['data: a\n\n: no more'], {}, 'complete').violations).toEqual([]);
    expect(inspect(['data: a\n: no more'], {}, 'complete').violations).toMatchObject([
      { rule: 'framing/last-event-terminated', severity: 'error' },
    ]);
  });
  test('at the end of a connection it is a note: nobody knows whether the server meant it', () => {
    expect(inspect([unfinished], {}, 'close-delimited').violations).toMatchObject([{ severity: 'note' }]);
  });
  test('where the harness closed, it is nothing', () => {
    expect(inspect([unfinished], {}, 'provoked').violations).toEqual([]);
  });
  test('a character cut by a clean end is no UTF-8', () => {
    const { violations } = inspect([new Uint8Array([100, 97, 116, 97, 58, 0xe2, 0x82])], {}, 'complete');
    expect(violations.map(({ rule }) => rule)).toContain('framing/valid-utf-8');
  });
  test.each([
    ['a character cut there is no fault of the server', [0xe2, 0x82], 0],
    ['the first of four bytes is none either', [0x61, 0xf0], 0],
    ['a byte that begins no character is a fault', [0x61, 0xff], 1],
    ['so are two that begin none', [0xe0, 0x80], 1],
    ['what stands before a cut character counts', [0xff, 0xe2, 0x82], 1],
  ])('at the end of a connection %s', (_, bytes, count) => {
    const { violations } = inspect(['data:', new Uint8Array(bytes)], {}, 'close-delimited');
    expect(violations.filter(({ rule }) => rule === 'framing/valid-utf-8')).toHaveLength(count);
  });
});

test('however the bytes are cut, it tells the same', () => {
  const piece = constantFrom(
    'data',
    ': ',
    ':',
    ' ',
    'x',
    'é',
    '\ufeff',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    'id',
    'retry: 5',
    '\0',
    'event: open',
    'é𝄞',
  );
  const stream = array(piece, { maxLength: 30 }).map((pieces) => encoder.encode(pieces.join('')));
  const noise = uint8Array({ maxLength: 40 });
  for (const bytes of [stream, noise]) {
    assert(
      property(bytes, array(nat(60), { maxLength: 12 }), (whole, cuts) => {
        const places = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].sort(
          (a, b) => a - b,
        );
        const chunks = places.slice(1).map((end, at) => whole.subarray(places[at], end));
        const [cut, once] = [chunks, [whole]].map((parts) => inspect(parts, {}, 'complete'));
        expect(cut?.violations.map(({ rule, offset, line }) => [rule, offset, line]).sort()).toEqual(
          once?.violations.map(({ rule, offset, line }) => [rule, offset, line]).sort(),
        );
        const seen = (blocks: readonly Block[] | undefined) => blocks?.map(({ length: _, ...block }) => block);
        expect(seen(cut?.blocks)).toEqual(seen(once?.blocks));
        expect(cut?.inspector.lineEnds).toEqual(once?.inspector.lineEnds);
      }),
    );
  }
});
