import { describe, test } from 'vitest';
import { legalHistories } from './histories.ts';
import { expectNotAccused } from './not-accused.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalHistories)('$name', expectNotAccused);
});
