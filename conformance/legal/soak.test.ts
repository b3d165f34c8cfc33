import { describe, test } from 'vitest';
import { notAccusedIn } from './not-accused.ts';
import { legalSoak } from './soak.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalSoak)('$name', notAccusedIn('delivery', 'backpressure', 'cleanup'));
});
