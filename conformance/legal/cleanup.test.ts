import { describe, test } from 'vitest';
import { legalCleanup } from './cleanup.ts';
import { notAccusedIn } from './not-accused.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalCleanup)('$name', notAccusedIn('cleanup', 'http', 'backpressure'));
});
