import { describe, test } from 'vitest';
import { legalNetworks } from './networks.ts';
import { notAccusedIn } from './not-accused.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalNetworks)('$name', notAccusedIn('delivery'));
});
