import { describe, test } from 'vitest';
import { deliveryTextDefects } from './delivery-text.ts';
import { expectFound } from './judge-defect.ts';

describe('each delivery defect turns its rule red and no other', () => {
  test.concurrent.each(deliveryTextDefects)('$breaks: a server that $name', expectFound);
});
