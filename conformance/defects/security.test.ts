import { systemClock } from '@ssert/protocol/system';
import { describe, expect, test } from 'vitest';
import { efforts, type RuleResult, run, serverRules } from '../src/index.ts';
import { expectFound, plainTarget } from './judge-defect.ts';
import { startPlainServer } from './plain-server.ts';
import { securityDefects } from './security.ts';

describe('each security defect turns its rule red and no other', () => {
  test.concurrent.each(securityDefects)('$breaks: a server that $name', expectFound);
});

test('security/hostile-last-event-id: a server that dies of an id', async () => {
  let stop = (): Promise<void> => Promise.resolve();
  const server = await startPlainServer({
    answer: ({ fields, socket }) => {
      if (fields.get('last-event-id') !== '$') return undefined;
      socket.destroy();
      void stop();
      return 'no answer';
    },
  });
  stop = () => server.close();
  const results: RuleResult[] = [];
  const rules = serverRules.filter(({ id }) => id === 'security/hostile-last-event-id');
  const options = { rules, clock: systemClock, seed: 7, effort: efforts.quick };
  for await (const event of run(plainTarget(server.url), options)) {
    if (event.kind === 'result') results.push(event.result);
  }
  expect(results.map(({ verdict, message }) => `${verdict}: ${message}`)).toEqual([
    'fail: after Last-Event-ID "$" the server stops accepting connections',
  ]);
  expect(results[0]?.counterexample?.value).toBe('"$"');
});
