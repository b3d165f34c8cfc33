import { type Outcome, wordsOf } from './outcome.ts';
import type { Scenario } from './scenario.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

/** A scenario that fails, made as small as could be. */
export interface Shrunk {
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  /** Scenarios that were tried for it. */
  readonly tried: number;
}

export interface ShrinkOptions extends Pick<SimulateOptions, 'checkers'> {
  /** Runs after which the smallest one so far is good enough. Default 500. */
  readonly mostTries?: number;
}

/**
 * Takes away clients, faults and events, shortens the time and smooths the line, as long as the run still fails in the
 * same way.
 */
export async function shrink(
  scenario: Scenario,
  failure: Outcome,
  { mostTries = 500, checkers }: ShrinkOptions = {},
): Promise<Shrunk> {
  let best = { scenario, outcome: failure };
  let tried = 0;
  const keeps = async (smaller: Scenario): Promise<boolean> => {
    if (tried >= mostTries) return false;
    tried += 1;
    const outcome = await simulate(smaller, checkers ? { checkers } : {});
    if (!isSameFailure(outcome, failure)) return false;
    best = { scenario: smaller, outcome };
    return true;
  };

  for (let before: Scenario | undefined; before !== best.scenario && tried < mostTries; ) {
    before = best.scenario;
    for (const list of ['faults', 'clients', 'publications'] as const) await shorten(list);
    for (const simpler of simplerThan(best.scenario)) if (await keeps(simpler)) break;
  }
  return { ...best, tried };

  /** Leaves out half of a list, then quarters, and so on to single ones. */
  async function shorten(list: 'faults' | 'clients' | 'publications'): Promise<void> {
    for (let size = Math.ceil(best.scenario[list].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < best.scenario[list].length && tried < mostTries; ) {
        const rest = [...best.scenario[list]];
        rest.splice(at, size);
        if (!(await keeps({ ...best.scenario, [list]: rest }))) at += size;
      }
    }
  }
}

function isSameFailure(one: Outcome, other: Outcome): boolean {
  if (one.result === 'unsafe' && other.result === 'unsafe') return one.checker === other.checker;
  return one.result === other.result;
}

function* simplerThan(scenario: Scenario): Generator<Scenario> {
  const { line, server, durationMs, clients, publications, faults } = scenario;
  if (line.mostSlices > 0) yield { ...scenario, line: { ...line, mostSlices: 0 } };
  if (line.jitterMs > 0) yield { ...scenario, line: { ...line, jitterMs: 0 } };
  if (line.latencyMs > 1) yield { ...scenario, line: { ...line, latencyMs: 1 } };
  const { flushMs, ...atOnce } = server;
  if (flushMs !== undefined) yield { ...scenario, server: atOnce };
  if (publications.some(({ padding }) => padding !== undefined)) {
    yield { ...scenario, publications: publications.map(({ padding: _, ...rest }) => rest) };
  }
  const lastMs = Math.max(
    ...[...publications, ...faults].map(({ atMs }) => atMs),
    ...clients.map((one) => one.joinAtMs),
    0,
  );
  if (lastMs + 1000 < durationMs) yield { ...scenario, durationMs: lastMs + 1000 };
}

const library = '@ssert/simulator/simulation';

/** A test that plays the scenario. */
export function asTest(scenario: Scenario, outcome: Outcome): string {
  return `import { expect, test } from 'vitest';
import { simulate } from '${library}';

test(${JSON.stringify(wordsOf(outcome))}, async () => {
  expect(await simulate(${JSON.stringify(scenario, null, 2).replaceAll('\n', '\n  ')})).toMatchObject({ result: 'passed' });
});
`;
}
