import { describe, test } from 'vitest';
import { httpDefects } from './http.ts';
import { expectFound } from './judge-defect.ts';

describe('each http defect turns its rule red and no other', () => {
  test.concurrent.each(httpDefects)('$breaks: a server that $name', expectFound);
});
