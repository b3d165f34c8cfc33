import { describe, test } from 'vitest';
import { expectNotAccused } from './not-accused.ts';
import { legalSecurity } from './security.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalSecurity)('$name', expectNotAccused);
});
