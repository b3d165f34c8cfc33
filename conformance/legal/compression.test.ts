import { describe, test } from 'vitest';
import { legalCompression } from './compression.ts';
import { notAccusedIn } from './not-accused.ts';

describe('no server that compresses as it may is accused', () => {
  test.concurrent.each(legalCompression)('a server that $name', notAccusedIn('compression', 'http', 'delivery'));
});
