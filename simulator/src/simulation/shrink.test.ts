import { describe, expect, test } from 'vitest';
import { drawScenario } from './draw-scenario.ts';
import type { Outcome } from './outcome.ts';
import type { Scenario } from './scenario.ts';
import { asTest, shrink } from './shrink.ts';
import { simulate } from './simulate.ts';

/** Clients that wait for nothing while their server is silent for ever can never come back: this gets stuck. */
const stuck = async (): Promise<{ scenario: Scenario; outcome: Outcome }> => {
  const drawn = drawScenario(3);
  const clients = [1, 2, 3].map((number) => ({ number, joinAtMs: 0, reads: 'callback' as const, watchdogMs: 0 }));
  const faults = [
    ...drawn.faults,
    { atMs: 3000, kind: 'cut' as const, client: 2, by: 'silence' as const },
    { atMs: 4000, kind: 'clock-jump' as const, byMs: 5000 },
  ];
  const scenario = { ...drawn, clients, faults };
  return { scenario, outcome: await simulate(scenario) };
};

describe('a run that fails', () => {
  test('shrinks to the client and the fault that it takes, and still fails the same way', async () => {
    const { scenario, outcome } = await stuck();
    expect(outcome.result).toBe('stuck');
    const smallest = await shrink(scenario, outcome);
    expect(smallest.outcome.result).toBe('stuck');
    expect(smallest.scenario.publications).toEqual([]);
    expect(smallest.scenario.clients).toHaveLength(1);
    expect(smallest.scenario.faults).toHaveLength(1);
  });

  test('becomes a test that plays the same', async () => {
    const { scenario, outcome } = await stuck();
    const text = asTest(scenario, outcome);
    const [, json = ''] = /simulate\((\{[\s\S]*\})\)\)\.toMatchObject/.exec(text) ?? [];
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(scenario)));
    expect(text).toContain('seed 3: stuck');
  });
});
