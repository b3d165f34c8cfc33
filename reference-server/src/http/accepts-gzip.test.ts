import { expect, test } from 'vitest';
import { acceptsGzip } from './accepts-gzip.ts';

test.each(['gzip', 'GZIP', 'br, gzip', 'deflate;q=1, gzip; q=0.1', 'x-gzip', '*', 'br;q=0, *'])(
  '%s takes gzip',
  (it) => {
    expect(acceptsGzip(it)).toBe(true);
  },
);

test.each([undefined, '', 'br', 'identity', 'gzip;q=0', 'gzip;q=0.000, *', '*;q=0', 'gzip;q=x', 'gzipped'])(
  '%s does not',
  (it) => {
    expect(acceptsGzip(it)).toBe(false);
  },
);
