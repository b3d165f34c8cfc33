import { describe, test } from 'vitest';
import { cleanupDefects } from './cleanup.ts';
import { expectFound } from './judge-defect.ts';

describe('each clean-up defect turns its rule red and no other', () => {
  test.concurrent.each(cleanupDefects)('$breaks: a server that $name', expectFound);
});
