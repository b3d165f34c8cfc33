import { describe, test } from 'vitest';
import { legalDelivery } from './delivery.ts';
import { notAccusedIn } from './not-accused.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalDelivery)('$name', notAccusedIn('delivery', 'framing', 'reconnect'));
});
