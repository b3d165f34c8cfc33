import { describe, expect, test } from 'vitest';
import { type Numbered, orderComplaint } from './order.ts';

/** `a1 b1 a2`: event 1 of the first publisher, event 1 of the second, event 2 of the first. */
function got(text: string): Numbered[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ publisher: word.charCodeAt(0) - 97, number: Number(word.slice(1)) }));
}

const complaint = (published: readonly number[], ...clients: string[]) =>
  orderComplaint(published, clients.map(got), 'total');

describe('events are right', () => {
  test('where each client got each of them once, in one order', () => {
    expect(complaint([2, 2], 'a1 b1 b2 a2', 'a1 b1 b2 a2')).toBeUndefined();
  });

  test('where two clients see two publishers in different orders, and only that of each is promised', () => {
    expect(orderComplaint([2, 1], ['a1 b1 a2', 'b1 a1 a2'].map(got), 'per-publisher')).toBeUndefined();
  });
});

describe('events are wrong', () => {
  test('where one is missing that others came after', () => {
    expect(complaint([3], 'a1 a2 a3', 'a1 a3')).toEqual({
      message: 'it did not get event 2',
      client: 1,
      mayBeLate: false,
    });
  });

  test('where the last are missing, which may yet come', () => {
    expect(complaint([3], 'a1')).toEqual({ message: 'it did not get event 2 and 1 more', client: 0, mayBeLate: true });
  });

  test('where one comes again', () => {
    expect(complaint([2, 1], 'a1 b1 a1 a2')?.message).toBe('it got event 1 again of publisher 1');
  });

  test('where one publisher is out of order', () => {
    expect(complaint([2], 'a2 a1')?.message).toBe('it got event 1 after event 2');
  });

  test('where one publisher is out of order, and only the order of each is promised', () => {
    expect(orderComplaint([2], [got('a2 a1')], 'per-publisher')?.message).toBe('it got event 1 after event 2');
  });

  test('where two clients see two publishers in different orders', () => {
    expect(complaint([1, 1], 'a1 b1', 'b1 a1')).toEqual({
      message: expect.stringMatching(
        /^it got event 1 of publisher 2 as its event 1, where the first client got event 1 of publisher 1 \(a cluster/,
      ),
      client: 1,
      mayBeLate: false,
    });
  });
});
