import { describe, test } from 'vitest';
import { expectNotAccused } from './not-accused.ts';
import { legalResumption } from './reconnect.ts';

describe('no rule accuses a server that', () => {
  test.each(legalResumption)('$name', expectNotAccused);
});
