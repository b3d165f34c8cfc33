import { describe, test } from 'vitest';
import { legalBackpressure } from './backpressure.ts';
import { notAccusedIn } from './not-accused.ts';

describe('no rule accuses a server that', { timeout: 120_000 }, () => {
  test.concurrent.each(legalBackpressure)('$name', notAccusedIn('backpressure', 'delivery'));
});
