import { describe, test } from 'vitest';
import { expectFound } from './judge-defect.ts';
import { privacyDefects } from './private.ts';

describe('each defect of privacy turns its rule red and no other', () => {
  test.concurrent.each(privacyDefects)('$breaks: a server that $name', expectFound);
});
