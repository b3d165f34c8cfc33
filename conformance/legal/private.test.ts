import { describe, test } from 'vitest';
import { expectNotAccused } from './not-accused.ts';
import { legalPrivacy } from './private.ts';

describe('no rule accuses a private server that', () => {
  test.concurrent.each(legalPrivacy)('$name', expectNotAccused);
});
