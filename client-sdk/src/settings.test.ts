import { createParser, LimitError } from '@ssert/protocol';
import { expect, test } from 'vitest';
import { parserLimits, resolveReconnect } from './settings.ts';

test.each([1, 2 ** 24, 2 ** 24 + 1, 2 ** 28])('data of %d code units may come in one line', (maxDataLength) => {
  const { maxLineLength } = parserLimits({ maxDataLength });
  expect(maxLineLength).toBeGreaterThanOrEqual(Math.min('data: '.length + maxDataLength, 2 ** 28));
  expect(() => createParser({ ...parserLimits({ maxDataLength }), onEvent: () => {} })).not.toThrow();
});

test('data of exactly the limit passes, and one unit more does not', () => {
  const data: string[] = [];
  const parser = createParser({ ...parserLimits({ maxDataLength: 3 }), onEvent: (event) => data.push(event.data) });
  parser.feed(Buffer.from('data: abc\n\n'));
  expect(data).toEqual(['abc']);
  expect(() => parser.feed(Buffer.from('data: abcd\n\n'))).toThrow(LimitError);
});

test.each([
  [{ initial: -1 }, /^reconnect\.initial is -1; give a number, 0 or more/],
  [{ initial: 5000, max: 4000 }, /^reconnect\.max is 4000; give a number, 5000 or more/],
  [{ factor: 0.5 }, /^reconnect\.factor is 0\.5; give a number, 1 or more/],
  [{ jitter: Number.NaN }, /^reconnect\.jitter is NaN/],
  [{ retries: -1 }, /^reconnect\.retries is -1/],
])('%j is refused, and says what to give', (given, message) => {
  expect(() => resolveReconnect(given)).toThrow(message);
});
