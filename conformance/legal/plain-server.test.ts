import { expect, test } from 'vitest';
import { described, judge, plainTarget, stallBounds } from '../defects/judge-defect.ts';
import { startPlainServer } from '../defects/plain-server.ts';
import { expectNoneAccused } from '../defects/wrongly-accused.ts';

test('a server that keeps every rule is not accused, warned or left undecided', async () => {
  const server = await startPlainServer();
  try {
    const results = await judge(plainTarget(server.url, { bounds: stallBounds }));
    expectNoneAccused(described(results, 'fail', 'warn', 'error'));
    expect(described(results, 'inconclusive')).toEqual({});
  } finally {
    await server.close();
  }
});
