import { describe, test } from 'vitest';
import { legalDelivery } from './delivery.ts';
import { expectNotAccused } from './not-accused.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalDelivery)('$name', expectNotAccused);
});
