import { expect, test } from 'vitest';
import { keyOf, numberedEvent } from './numbered-event.ts';
import { judge, type Verdict } from './verdict.ts';

/** The verdict on consumers who received events `p1.0` and so on, written `0 1 2`, of which `?` ones were not answered. */
function verdictOn(published: string, ...received: string[]): Omit<Verdict, 'examples'> {
  const keys = published.split(' ');
  const key = (number: string): string => `p1.${number.replace('?', '')}`;
  const { examples, ...counts } = judge({
    acknowledged: new Map(
      keys.filter((number) => !number.includes('?')).map((number) => [key(number), `id-${key(number)}`]),
    ),
    unanswered: new Set(keys.filter((number) => number.includes('?')).map(key)),
    received: new Map(
      received.map((list, at) => [
        `c${at + 1}`,
        list.split(' ').map((number) => ({ id: `id-${key(number)}`, key: key(number) })),
      ]),
    ),
  });
  const accused = counts.lost + counts.repeated + counts.reordered + counts.strange;
  expect(examples.length).toBe(Math.min(20, accused));
  return counts;
}

const clean = { unansweredInLog: 0, lost: 0, repeated: 0, reordered: 0, strange: 0 };

test('all received once in one order is clean, whether or not the unanswered are there', () => {
  expect(verdictOn('0 1 2', '0 1 2', '0 1 2')).toEqual({ ...clean, delivered: 6 });
  expect(verdictOn('0 1? 2', '0 2', '0 2')).toEqual({ ...clean, delivered: 4 });
  expect(verdictOn('0 1? 2', '0 1 2', '0 1 2')).toEqual({ ...clean, delivered: 6, unansweredInLog: 1 });
});

test('an acknowledged event that a consumer has not is lost, also at the end and to all', () => {
  expect(verdictOn('0 1 2', '0 1 2', '0 2')).toEqual({ ...clean, delivered: 5, lost: 1 });
  expect(verdictOn('0 1 2', '0 1', '0 1')).toEqual({ ...clean, delivered: 4, lost: 2 });
});

test('an unanswered event that one consumer has is lost to those who have not', () => {
  expect(verdictOn('0 1? 2', '0 1 2', '0 2')).toEqual({ ...clean, delivered: 5, unansweredInLog: 1, lost: 1 });
});

test('an event that comes twice is repeated, unanswered or not', () => {
  expect(verdictOn('0 1 2', '0 1 1 2', '0 1 2')).toEqual({ ...clean, delivered: 7, repeated: 1 });
  expect(verdictOn('0 1? 2', '0 1 2 1')).toEqual({ ...clean, delivered: 4, unansweredInLog: 1, repeated: 1 });
});

test('another order than that of the first consumer or of the publisher is reordered', () => {
  expect(verdictOn('0 1? 2', '0 1 2', '0 2 1')).toEqual({ ...clean, delivered: 6, unansweredInLog: 1, reordered: 1 });
  expect(verdictOn('0 1 2', '1 0 2', '1 0 2')).toEqual({ ...clean, delivered: 6, reordered: 2 });
});

test('data that nobody published is strange, and so is another id than that of the answer', () => {
  expect(verdictOn('0 1', '0 1 7')).toEqual({ ...clean, delivered: 3, strange: 1 });
  const { strange } = judge({
    acknowledged: new Map([['p1.0', 'a']]),
    unanswered: new Set(),
    received: new Map([
      ['c1', [{ id: 'b', key: 'p1.0' }]],
      [
        'c2',
        [
          { id: 'a', key: 'p1.0' },
          { id: 'c', key: undefined },
        ],
      ],
    ]),
  });
  expect(strange).toBe(2);
});

test('an event is known by its data, whole', () => {
  const { key, data } = numberedEvent('p1', 49);
  expect(keyOf(data)).toBe(key);
  expect(keyOf(data.slice(0, -1))).toBeUndefined();
  expect(keyOf('hello')).toBeUndefined();
});
