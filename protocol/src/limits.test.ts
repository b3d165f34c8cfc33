import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { recordingParser } from '../testing/recording-parser.ts';
import { LimitError } from './limit-error.ts';
import { createParser } from './parser.ts';
import { SettingError } from './setting-error.ts';

const utf8 = new TextEncoder();

function* repeated(chunk: string, count: number): Iterable<Uint8Array> {
  const bytes = utf8.encode(chunk);
  for (let index = 0; index < count; index += 1) yield bytes;
}

/** Feeds until the parser refuses; how many bytes it took, and why it stopped. */
function feedUntilRefused(settings: object, chunks: Iterable<Uint8Array>): { takenBytes: number; error: unknown } {
  const { parser } = recordingParser(settings);
  let takenBytes = 0;
  try {
    for (const chunk of chunks) {
      parser.feed(chunk);
      takenBytes += chunk.length;
    }
  } catch (error) {
    expect(() => parser.feed(utf8.encode('\n'))).toThrow(error as Error);
    return { takenBytes, error };
  }
  return { takenBytes, error: undefined };
}

test('a line and data may be as long as their limits, and no longer', () => {
  const settings = { maxLineLength: 9, maxDataLength: 3 };
  expect(
    feedUntilRefused(settings, [utf8.encode(':23456789\ndata: abc\n\ndata: a\ndata: c\n\n')]).error,
  ).toBeUndefined();
  expect(feedUntilRefused(settings, [utf8.encode(':234567890\n')]).error).toMatchObject({
    limit: 'maxLineLength',
    allowed: 9,
  });
  expect(feedUntilRefused(settings, [utf8.encode('data:abcd\n\n')]).error).toMatchObject({
    limit: 'maxDataLength',
    allowed: 3,
  });
  expect(feedUntilRefused(settings, [utf8.encode('data:ab\ndata:c\n')]).error).toMatchObject({
    limit: 'maxDataLength',
    allowed: 3,
  });
});

test('events before the line that is too long are dispatched', () => {
  const { parser, happenings } = recordingParser({ maxLineLength: 20 });
  expect(() => parser.feed(utf8.encode(`data: a\n\ndata: ${'b'.repeat(20)}\n\ndata: c\n\n`))).toThrow(LimitError);
  expect(happenings).toEqual([{ kind: 'event', event: { type: 'message', data: 'a', lastEventId: '' } }]);
});

test('the error names the limit and says what to change', () => {
  expect(feedUntilRefused({ maxLineLength: 10 }, repeated('x', 2000)).error).toEqual(
    expect.objectContaining({
      message:
        'a line of the stream is longer than maxLineLength, 10 UTF-16 code units; raise maxLineLength if the sender may send that',
    }),
  );
});

test.each([
  ['in one byte chunks', repeated('x', 3000)],
  ['in large chunks', repeated('x'.repeat(500), 100)],
  ['in one chunk', repeated('x'.repeat(1001), 1)],
  ['in one huge chunk', repeated('x'.repeat(100_000), 1)],
  ['of a comment', repeated(`:${'x'.repeat(300)}`, 100)],
  ['of tabs', repeated('\t', 3000)],
])('an endless line is refused soon after its limit: %s', (_, chunks) => {
  const { takenBytes, error } = feedUntilRefused({ maxLineLength: 1000 }, chunks);
  expect(error).toMatchObject({ limit: 'maxLineLength' });
  expect(takenBytes).toBeLessThanOrEqual(1000 + 1024);
});

test.each([
  ['data', repeated('data: abc\n', 1e4), { maxDataLength: 100 }],
  ['empty data', repeated('data\n', 1e4), { maxDataLength: 100 }],
])('an endless event of %s lines is refused', (_, chunks, settings) => {
  const { takenBytes, error } = feedUntilRefused(settings, chunks);
  expect(error).toMatchObject({ limit: 'maxDataLength' });
  expect(takenBytes).toBeLessThanOrEqual(1000);
});

test('an endless event of lines that leave nothing behind is taken', () => {
  const lines = ': comment\nunknown: field\nid: 1\nevent: e\nretry: 1\n';
  expect(feedUntilRefused({ maxLineLength: 100, maxDataLength: 100 }, repeated(lines, 1e4)).error).toBeUndefined();
});

test('data lines do not keep the chunks alive that they came in', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { parser, happenings } = recordingParser();
  const chunk = utf8.encode(`data: ${'a'.repeat(20)}\n${`unknown: ${'x'.repeat(1000)}\n`.repeat(16)}`);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 4000; count += 1) parser.feed(chunk);
  collectGarbage();
  const keptBytes = process.memoryUsage().heapUsed - before;
  // Held as slices of their chunks they would come to 64 MB.
  expect(keptBytes).toBeLessThan(16e6);
  parser.feed(utf8.encode('\n'));
  expect(happenings).toHaveLength(1);
});

describe('time', () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([1, 64, 256, 1024])(
    'a long event in chunks of %i bytes is copied and decoded once, not once per chunk',
    (size) => {
      const stream = utf8.encode(`data: ${'x'.repeat(262_144)}\n\n`);
      const decode = vi.spyOn(TextDecoder.prototype, 'decode');
      const copy = vi.spyOn(Uint8Array.prototype, 'set');
      const { parser, happenings } = recordingParser();
      for (let at = 0; at < stream.length; at += size) parser.feed(stream.subarray(at, at + size));
      expect(happenings).toHaveLength(1);
      const total = (calls: unknown[][]): number =>
        calls.reduce((sum, [bytes]) => sum + (bytes as Uint8Array).length, 0);
      expect(copy.mock.calls.length).toBeLessThanOrEqual(Math.ceil(stream.length / size));
      expect(total(copy.mock.calls)).toBeLessThanOrEqual(stream.length);
      expect(total(decode.mock.calls)).toBe(stream.length);
      expect(decode.mock.calls.length).toBeLessThanOrEqual(stream.length / 256 + 1);
    },
  );

  test('bytes of a line before do not make single bytes be decoded one by one', () => {
    const { parser } = recordingParser();
    for (const chunk of ['a', 'b\n']) parser.feed(utf8.encode(chunk));
    const decode = vi.spyOn(TextDecoder.prototype, 'decode');
    // Bytes below 16 are those that could be line ends.
    for (const chunk of repeated('\t', 500)) parser.feed(chunk);
    expect(decode).not.toHaveBeenCalled();
  });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 28 + 1])('a limit of %d is refused', (limit) => {
  for (const setting of ['maxLineLength', 'maxDataLength']) {
    expect(() => createParser({ onEvent: () => {}, [setting]: limit })).toThrow(
      new SettingError(setting, limit, 'a whole number from 1 to 268435456'),
    );
  }
});
