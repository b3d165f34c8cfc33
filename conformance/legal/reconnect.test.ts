import { describe, test } from 'vitest';
import { expectNotAccused } from './not-accused.ts';
import { legalResumption } from './reconnect.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalResumption)('$name', expectNotAccused);
});
