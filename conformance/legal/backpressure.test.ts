import { describe, test } from 'vitest';
import { legalBackpressure } from './backpressure.ts';
import { expectNotAccused } from './not-accused.ts';

describe('no rule accuses a server that', { timeout: 120_000 }, () => {
  test.concurrent.each(legalBackpressure)('$name', expectNotAccused);
});
