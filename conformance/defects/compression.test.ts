import { describe, test } from 'vitest';
import { compressionDefects } from './compression.ts';
import { expectFound } from './judge-defect.ts';

describe('each defect of compression turns its rule red and no other', () => {
  test.concurrent.each(compressionDefects)('$breaks: a server that $name', expectFound);
});
