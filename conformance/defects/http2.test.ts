import { describe, test } from 'vitest';
import { http2Defects } from './http2.ts';
import { expectFound } from './judge-defect.ts';

describe('each defect of HTTP/2 turns its rule red and no other', () => {
  test.concurrent.each(http2Defects)('$breaks: a server that $name', expectFound);
});
