import { describe, test } from 'vitest';
import { deliveryDefects } from './delivery.ts';
import { expectFound } from './judge-defect.ts';

describe('each delivery defect turns its rule red and no other', () => {
  test.concurrent.each(deliveryDefects)('$breaks: a server that $name', expectFound);
});
