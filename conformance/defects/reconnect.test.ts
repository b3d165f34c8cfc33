import { describe, test } from 'vitest';
import { expectFound } from './judge-defect.ts';
import { reconnectDefects } from './reconnect.ts';

describe('each resumption defect turns its rule red and no other', () => {
  test.concurrent.each(reconnectDefects)('$breaks: a server that $name', expectFound);
});
