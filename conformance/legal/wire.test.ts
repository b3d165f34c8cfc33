import { describe, test } from 'vitest';
import { notAccusedIn } from './not-accused.ts';
import { legalOnTheWire } from './wire.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalOnTheWire)('$name', notAccusedIn('framing', 'delivery', 'http'));
});
