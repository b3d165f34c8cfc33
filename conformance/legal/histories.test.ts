import { describe, test } from 'vitest';
import { legalHistories } from './histories.ts';
import { notAccusedIn } from './not-accused.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalHistories)('$name', notAccusedIn('delivery', 'cleanup', 'reconnect'));
});
