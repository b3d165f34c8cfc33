import { expect, test } from 'vitest';
import { EncodeError, encodeComment, encodeEvent } from './encode.ts';

test('an event is its fields, one per line, and a blank line', () => {
  expect(encodeEvent({ data: 'hello', event: 'usage', id: '7', retry: 1500 })).toBe(
    'event: usage\nid: 7\nretry: 1500\ndata: hello\n\n',
  );
});

test('data is cut at LF, CR and CRLF, one data line each', () => {
  expect(encodeEvent({ data: 'a\nb\rc\r\nd\n' })).toBe('data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n');
});

test('one space follows the colon, so a leading space survives', () => {
  expect(encodeEvent({ data: ' a' })).toBe('data:  a\n\n');
});

test('empty data is one empty data line, which dispatches', () => {
  expect(encodeEvent({ data: '' })).toBe('data: \n\n');
});

test('an empty event type is left out, as both dispatch message', () => {
  expect(encodeEvent({ data: 'a', event: '' })).toBe('data: a\n\n');
});

test('an empty id is sent, as it clears the last event ID', () => {
  expect(encodeEvent({ data: 'a', id: '' })).toBe('id: \ndata: a\n\n');
});

test.each([
  ['data', { data: 'a\ud800' }],
  ['data', { data: undefined as unknown as string }],
  ['event', { data: 'a', event: 'a\nb' }],
  ['event', { data: 'a', event: 'a\rb' }],
  ['event', { data: 'a', event: '\udfff' }],
  ['id', { data: 'a', id: 'a\nb' }],
  ['id', { data: 'a', id: '\r' }],
  ['id', { data: 'a', id: 'a\0b' }],
  ['id', { data: 'a', id: '\ud800' }],
  ['retry', { data: 'a', retry: -1 }],
  ['retry', { data: 'a', retry: 0.5 }],
  ['retry', { data: 'a', retry: Number.NaN }],
  ['retry', { data: 'a', retry: 2 ** 53 }],
  ['retry', { data: 'a', retry: '5\ndata: x' as unknown as number }],
] as const)('a bad %s is refused: %j', (field, event) => {
  expect(() => encodeEvent(event)).toThrow(EncodeError);
  expect(() => encodeEvent(event)).toThrow(expect.objectContaining({ field, value: (event as never)[field] }));
});

test('a refusal names the field, the value and what to give', () => {
  expect(() => encodeEvent({ data: '', event: 'a\nb' })).toThrow(
    'event is "a\\nb"; give an event type without line breaks',
  );
});

test('a refusal quotes only the start of a long value', () => {
  expect(() => encodeEvent({ data: `${'a'.repeat(200)}\ud800` })).toThrow(/"a{100}"… \(201 long\)/);
});

test('each line of a comment is a comment line', () => {
  expect(encodeComment('a\r\nb\n\nc')).toBe(':a\n:b\n:\n:c\n');
});

test('a comment that UTF-8 cannot carry is refused', () => {
  expect(() => encodeComment('\ud800')).toThrow(expect.objectContaining({ field: 'comment' }));
});
