import { describe, test } from 'vitest';
import { expectFound } from './judge-defect.ts';
import { reconnectingDefects } from './reconnecting.ts';

describe('each defect in taking back a client turns its rule red and no other', () => {
  test.concurrent.each(reconnectingDefects)('$breaks: a server that $name', expectFound);
});
