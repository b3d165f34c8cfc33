import { expect, test } from 'vitest';
import { type Checkers, drawScenario, shrink, simulate } from './index.ts';

/** An invariant of one's own, which no run keeps: no client is ever given ten events. */
function fewEvents(most: number): Checkers {
  return {
    'few-events': (_, accuse) => {
      const given = new Map<number, number>();
      return {
        received: ({ client }) => {
          const count = (given.get(client) ?? 0) + 1;
          given.set(client, count);
          if (count > most) accuse(`client ${client} was given ${count} events`);
        },
      };
    },
  };
}

test('invariants of one’s own are judged beside the others, and what breaks them shrinks', async () => {
  const checkers = fewEvents(9);
  const scenario = drawScenario(1);
  const outcome = await simulate(scenario, { checkers });
  expect(outcome).toMatchObject({
    result: 'unsafe',
    checker: 'few-events',
    message: /^client \d+ was given 10 events$/,
  });
  const shrunk = await shrink(scenario, outcome, { checkers, mostTries: 60 });
  expect(shrunk.outcome).toMatchObject({ result: 'unsafe', checker: 'few-events' });
  expect(shrunk.scenario.publications.length).toBeLessThan(scenario.publications.length);
  expect(await simulate(scenario, { checkers: fewEvents(Number.POSITIVE_INFINITY) })).toMatchObject({
    result: 'passed',
  });
});
