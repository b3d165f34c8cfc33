import fc from 'fast-check';
import { expect, test } from 'vitest';
import { History, type LoggedEvent } from './history.ts';

function event(id: string, sizeBytes = 1): LoggedEvent {
  return { id, sizeBytes };
}

test('a stream goes on behind the event that it saw last', () => {
  const history = new History({ maxEvents: 10, maxBytes: 1000 });
  for (const id of ['a', 'b', 'c']) history.append(event(id));
  expect(history.positionAfter('a')).toBe(1);
  expect(history.at(1)?.id).toBe('b');
  expect(history.positionAfter('c')).toBe(history.end);
  expect(history.positionAfter('d')).toBeUndefined();
});

test('the oldest events are forgotten, and their ids with them', () => {
  const history = new History({ maxEvents: 2, maxBytes: 1000 });
  for (const id of ['a', 'b', 'c']) history.append(event(id));
  expect([history.start, history.end]).toEqual([1, 3]);
  expect(history.at(0)).toBeUndefined();
  expect(history.positionAfter('a')).toBeUndefined();
  expect(history.positionAfter('b')).toBe(2);
});

test('the size bounds the log as well as the number, yet the newest event stays', () => {
  const history = new History({ maxEvents: 10, maxBytes: 100 });
  for (const [id, size] of [
    ['a', 60],
    ['b', 40],
    ['c', 1],
    ['d', 500],
  ] as const) {
    history.append(event(id, size));
    if (id === 'c') expect(history.start).toBe(1);
  }
  expect([history.start, history.end]).toEqual([3, 4]);
});

test('the log is the longest run of the latest events that fits both bounds', () => {
  const sizes = fc.array(fc.nat(50), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 200 }),
      (all, maxEvents, maxBytes) => {
        const history = new History({ maxEvents, maxBytes });
        for (const [index, size] of all.entries()) history.append(event(`${index}`, size));
        let held = 1;
        let bytes = all.at(-1) ?? 0;
        while (held < Math.min(maxEvents, all.length) && bytes + (all.at(-held - 1) ?? 0) <= maxBytes) {
          held += 1;
          bytes += all.at(-held) ?? 0;
        }
        expect(history.end).toBe(all.length);
        // Forgetting is for good: an earlier large event may have pushed out what would fit again now.
        expect(history.end - history.start).toBeLessThanOrEqual(held);
        expect(history.end - history.start).toBeGreaterThanOrEqual(1);
        for (let position = 0; position < all.length; position += 1) {
          expect(history.at(position)?.id).toBe(position < history.start ? undefined : `${position}`);
          expect(history.positionAfter(`${position}`)).toBe(position < history.start ? undefined : position + 1);
        }
      },
    ),
  );
});
