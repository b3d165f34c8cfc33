import { describe, test } from 'vitest';
import { framingFieldDefects } from './framing-fields.ts';
import { expectFound } from './judge-defect.ts';

describe('each framing defect turns its rule red and no other', () => {
  test.concurrent.each(framingFieldDefects)('$breaks: a server that $name', expectFound);
});
