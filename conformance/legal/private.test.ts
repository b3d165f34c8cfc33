import { describe, test } from 'vitest';
import { notAccusedIn } from './not-accused.ts';
import { legalPrivacy } from './private.ts';

describe('no rule accuses a private server that', () => {
  test.concurrent.each(legalPrivacy)('$name', notAccusedIn('security', 'reconnect'));
});
