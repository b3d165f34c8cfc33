import { describe, test } from 'vitest';
import { framingDefects } from './framing.ts';
import { expectFound } from './judge-defect.ts';

describe('each framing defect turns its rule red and no other', () => {
  test.concurrent.each(framingDefects)('$breaks: a server that $name', expectFound);
});
