import { describe, test } from 'vitest';
import { expectNotAccused } from './not-accused.ts';
import { legalOnTheWire } from './wire.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalOnTheWire)('$name', expectNotAccused);
});
