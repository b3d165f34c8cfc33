import { describe, test } from 'vitest';
import { notAccusedIn } from './not-accused.ts';
import { legalResumption } from './reconnect.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalResumption)('$name', notAccusedIn('reconnect', 'delivery', 'security'));
});
