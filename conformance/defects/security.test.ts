import { systemClock } from '@ssert/protocol/system';
import { describe, expect, test } from 'vitest';
import { efforts, type RuleResult, type RunOptions, run, serverRules } from '../src/index.ts';
import { expectFound, plainTarget } from './judge-defect.ts';
import { type PlainServer, startPlainServer } from './plain-server.ts';
import { securityDefects } from './security.ts';

describe('each security defect turns its rule red and no other', () => {
  test.concurrent.each(securityDefects)('$breaks: a server that $name', expectFound);
});

/** Judges a server by one rule alone. */
async function judgeBy(rule: string, server: PlainServer, more: Partial<RunOptions> = {}): Promise<RuleResult[]> {
  const rules = serverRules.filter(({ id }) => id === rule);
  const results: RuleResult[] = [];
  const options = { rules, clock: systemClock, seed: 7, effort: efforts.quick, ...more };
  for await (const event of run(plainTarget(server.url), options)) {
    if (event.kind === 'result') results.push(event.result);
  }
  return results;
}

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
  const results = await judgeBy('security/hostile-last-event-id', server);
  expect(results.map(({ verdict, message }) => `${verdict}: ${message}`)).toEqual([
    'fail: after Last-Event-ID "$" the server stops accepting connections',
  ]);
  expect(results[0]?.counterexample?.value).toBe('"$"');
});

test('security/connection-limit: not decided where the harness may not open as many as it takes', async () => {
  const server = await startPlainServer();
  try {
    const results = await judgeBy('security/connection-limit', server, { maxConnections: 100 });
    expect(results.map(({ verdict, message }) => `${verdict}: ${message}`)).toEqual([
      "inconclusive: the run's limit of 100 connections is reached",
    ]);
  } finally {
    await server.close();
  }
});
