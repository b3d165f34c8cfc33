import { systemClock } from '@ssert/protocol/system';
import { type PopulationName, population, populations } from '@ssert/simulator';
import { describe, expect, test } from 'vitest';
import { efforts, type RuleResult, run, selectRules, serverRules } from '../src/index.ts';
import { described, plainTarget } from './judge-defect.ts';
import { type Behaviour, putOnWire, startPlainServer } from './plain-server.ts';
import { expectNoneAccused } from './wrongly-accused.ts';

/** What the rule on any history says of a server that such clients use. */
async function played(behaviour: Partial<Behaviour>, name: PopulationName): Promise<RuleResult | undefined> {
  const clients = population({ ...populations[name], clients: 20, durationMs: 20_000 }, 7);
  const rules = selectRules(serverRules, { rule: ['delivery/any-history'] });
  const effort = { ...efforts.quick, runs: 1 };
  const server = await startPlainServer(behaviour);
  try {
    const events = run(plainTarget(server.url), { rules, clock: systemClock, seed: 7, effort, population: clients });
    for await (const event of events) if (event.kind === 'result') return event.result;
    return undefined;
  } finally {
    await server.close();
  }
}

describe.concurrent('a population is played by the rule on any history', () => {
  test.each(['churn', 'mobile', 'slow'] as const)('a server that is right keeps it with %s clients', async (name) => {
    const result = await played({}, name);
    expectNoneAccused(described(result ? [result] : [], 'fail', 'error'));
    expect(`${result?.verdict}: ${result?.message}`).toMatch(/^pass: a population of \d+ clients among \d+ histories/);
  });

  test('what shows only with many clients is found, with the fewest of them', async () => {
    const mostServed = 8;
    const result = await played(
      {
        deliver: (frame, stream, { streams }) => {
          if ([...streams].indexOf(stream) < mostServed) putOnWire(frame, stream);
        },
      },
      'steady',
    );
    expect(`${result?.verdict}: ${result?.message}`).toMatch(
      /^fail: .*is open, and none of the last events reached it/,
    );
    const commands = result?.counterexample?.commands ?? [];
    // And the fresh client at the end.
    expect(commands.filter((command) => command.do === 'connect')).toHaveLength(mostServed);
  });

  test('a server that loses what mobile clients missed is found', async () => {
    const result = await played({ replay: () => [] }, 'mobile');
    expect(`${result?.verdict}: ${result?.message}`).toMatch(/^fail: .*resumed after event/);
  });
});
