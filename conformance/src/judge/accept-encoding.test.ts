import { expect, test } from 'vitest';
import { acceptsCoding } from './accept-encoding.ts';

test.each([
  ['gzip', 'gzip', true],
  ['GZIP', 'gzip', true],
  ['x-gzip', 'gzip', true],
  ['gzip', 'x-gzip', true],
  ['gzip', 'br', false],
  ['gzip, br;q=0.5', 'br', true],
  ['gzip;q=0', 'gzip', false],
  ['gzip; Q=0.000', 'gzip', false],
  ['gzip;q=0.001', 'gzip', true],
  ['*', 'zstd', true],
  ['*;q=0', 'zstd', false],
  ['*;q=0, gzip', 'gzip', true],
  ['gzip;q=0, *', 'gzip', false],
  ['gzip;q=0, *', 'br', true],
  ['x-gzip;q=0, *', 'gzip', true],
  ['x-gzip;q=0', 'gzip', false],
  ['gzip;q=0, x-gzip', 'gzip', true],
  ['identity', 'gzip', false],
  ['', 'gzip', false],
  [' , ,', 'gzip', false],
  ['gzip;q=high', 'gzip', true],
  ['gzip;q=0, gzip', 'gzip', true],
] as const)('the list "%s" and %s: %s', (list, coding, accepted) => {
  expect(acceptsCoding(list, coding)).toBe(accepted);
});
