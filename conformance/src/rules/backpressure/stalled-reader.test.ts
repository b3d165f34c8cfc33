import { expect, test } from 'vitest';
import { jumpIn } from './stalled-reader.ts';

test.each([
  [
    ['1', '2', '3', '9', '10'],
    ['3', '9'],
  ],
  [
    ['log-7-41', 'log-7-42', 'log-7-50', 'log-7-51', 'log-7-52'],
    ['log-7-42', 'log-7-50'],
  ],
  [['1', '2', '3'], undefined],
  // Every id jumps, so that a jump tells nothing.
  [['1700000000123-0', '1700000000456-0', '1700000000999-0'], undefined],
  [['a3f', 'b90', 'c11'], undefined],
  [[], undefined],
] as const)('in the ids %j the jump is %j', (ids, jump) => {
  expect(jumpIn(ids)).toEqual(jump);
});
