import { expect, test } from 'vitest';
import { readLastEventId } from './last-event-id.ts';

test.each(['7', 'é日本', '😀', '\ufeffa', '\ufffd'])('%j comes through the header as it was sent', (id) => {
  expect(readLastEventId(Buffer.from(id).toString('latin1'))).toBe(id);
});

test('no header and an empty one are none', () => {
  expect(readLastEventId(undefined)).toBeUndefined();
  expect(readLastEventId('')).toBeUndefined();
});

test('bytes that are not UTF-8 stay apart from the id with U+FFFD', () => {
  expect(readLastEventId('a\xff')).toBe('a\xff');
});
