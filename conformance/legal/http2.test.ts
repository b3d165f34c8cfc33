import { describe, test } from 'vitest';
import { legalHttp2 } from './http2.ts';
import { notAccusedIn } from './not-accused.ts';

describe('no server that uses what HTTP/2 allows is accused', () => {
  test.concurrent.each(legalHttp2)('a server that $name', notAccusedIn('http2', 'http'));
});
