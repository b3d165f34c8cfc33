import { describe, test } from 'vitest';
import { notAccusedIn } from './not-accused.ts';
import { legalSecurity, oneStreamAClient } from './security.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalSecurity)('$name', notAccusedIn('security', 'http', 'framing'));
  test.concurrent(`${oneStreamAClient.name}, whatever else is looked at`, () =>
    notAccusedIn('security', 'reconnect', 'delivery')(oneStreamAClient));
});
