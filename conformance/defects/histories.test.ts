import { systemClock } from '@ssert/protocol/system';
import { describe, expect, test } from 'vitest';
import { efforts, run, serverRules } from '../src/index.ts';
import { historyDefects, leaksStalledClients } from './histories.ts';
import { described, expectFound, plainTarget } from './judge-defect.ts';
import { startPlainServer } from './plain-server.ts';
import { expectNoneAccused } from './wrongly-accused.ts';

describe('each defect that shows only over a history turns its rule red and no other', () => {
  test.concurrent.each(historyDefects)('$breaks: a server that $name', expectFound);

  test.concurrent(`${leaksStalledClients.breaks}, in a full run: a server that ${leaksStalledClients.name}`, async () => {
    const server = await startPlainServer(leaksStalledClients.behaviour);
    try {
      const rules = serverRules.filter(({ playsHistories, code }) => playsHistories || code === 'SC-01');
      const results = [];
      for await (const event of run(plainTarget(server.url), {
        rules,
        clock: systemClock,
        seed: 7,
        effort: { ...efforts.default, runs: 10 },
      })) {
        if (event.kind === 'result') results.push(event.result);
      }
      const { [leaksStalledClients.breaks]: _, ...red } = described(results, 'fail', 'warn', 'error');
      expectNoneAccused(red);
      const told = results.find(({ id }) => id === leaksStalledClients.breaks);
      expect(`${told?.verdict}: ${told?.message}`).toMatch(/^fail: /);
      const commands = told?.counterexample?.commands ?? [];
      expect(commands.map((command) => command.do)).toContain('stall');
    } finally {
      await server.close();
    }
  });
});
