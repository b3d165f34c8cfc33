import { describe, test } from 'vitest';
import { expectFound } from './judge-defect.ts';
import { soakDefects } from './soak.ts';

describe('each soak defect turns its rule red and no other', () => {
  test.concurrent.each(soakDefects)('$breaks: a server that $name', expectFound);
});
