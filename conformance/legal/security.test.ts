import { describe, test } from 'vitest';
import { notAccusedIn } from './not-accused.ts';
import { legalSecurity } from './security.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalSecurity)('$name', notAccusedIn('security', 'http', 'framing'));
});
