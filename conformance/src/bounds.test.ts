import { expect, test } from 'vitest';
import { boundTable, defaultBounds, parseBoundAssignment } from './bounds.ts';

test.each([
  ['open=250ms', ['open', 250]],
  ['idle-hard=1.5s', ['idle-hard', 1500]],
  ['life=2m', ['life', 120_000]],
  ['stall-memory=32MiB', ['stall-memory', 33_554_432]],
  ['window=8', ['window', 8]],
  ['open=700', ['open', 700]],
])('%s is read with its unit', (text, wanted) => {
  expect(parseBoundAssignment(text)).toEqual(wanted);
});

test.each(['opne=1s', 'open', '=1s'])('%s names no bound, and the message lists those there are', (text) => {
  expect(() => parseBoundAssignment(text)).toThrow(/--bound .* give NAME=VALUE with one of open event/);
});

test.each(['open=fast', 'open=-1s', 'open=0', 'open=32MiB', 'window=4s'])(
  '%s has no usable value, and the message shows one',
  (text) => {
    expect(() => parseBoundAssignment(text)).toThrow(/give a positive number with its unit, such as/);
  },
);

test('every bound has a default in its own unit', () => {
  for (const [name, { value }] of Object.entries(boundTable)) {
    expect(parseBoundAssignment(`${name}=${value}`)).toEqual([name, value]);
    expect(defaultBounds[name as keyof typeof boundTable]).toBe(value);
  }
});
