import { describe, test } from 'vitest';
import { legalHttp } from './http.ts';
import { notAccusedIn } from './not-accused.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalHttp)('$name', notAccusedIn('http', 'cleanup', 'security'));
});
