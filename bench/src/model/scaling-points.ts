import type { BenchResult } from '../results/bench-result.ts';
import type { ScalingPoint } from './usl-fit.ts';

/** What must be the same, or a difference tells nothing of the number of nodes; each with its name. */
const conditions: readonly (readonly [name: string, of: (result: BenchResult) => unknown])[] = [
  ['scenario', ({ plan }) => plan.scenario],
  ['rate', ({ plan }) => plan.params.rate],
  ['topics', ({ plan }) => plan.params.topics],
  ['payload', ({ plan }) => plan.params.payloadBytes],
  ['objective', ({ slo }) => slo?.expr],
  ['HTTP version', ({ target }) => target.protocol],
  ['TLS', ({ target }) => target.tls],
  ['share of the CPU', ({ target }) => target.cpuShare?.asked],
  ['axis of the search', ({ capacity }) => capacity?.axis],
];

/** How many nodes, processes or cores served a run together. */
export function nodesOf({ target }: BenchResult): number {
  return target.nodes ?? 1;
}

/**
 * The capacities that searches have found on several numbers of nodes.
 * @param results the first is the one that the others must be like
 * @returns also why some were left out
 */
export function scalingPoints(results: readonly BenchResult[]): {
  readonly points: ScalingPoint[];
  readonly refusals: string[];
} {
  const points: ScalingPoint[] = [];
  const refusals: string[] = [];
  for (const result of results) {
    const why = unusable(result) ?? differing(result, results[0] as BenchResult);
    if (why === undefined) points.push({ n: nodesOf(result), x: result.capacity?.lo ?? 0 });
    else if (result !== results[0]) refusals.push(`the search on ${nodesOf(result)} nodes (${result.id}) ${why}`);
  }
  return { points, refusals };
}

function unusable({ verdict, capacity }: BenchResult): string | undefined {
  if (verdict.validity === 'invalid') return 'is invalid';
  if (capacity === undefined) return 'found no capacity';
  if (capacity.limitedBy === 'generator') return 'was limited by the generator';
  return capacity.confirmed ? undefined : 'was not confirmed';
}

function differing(result: BenchResult, first: BenchResult): string | undefined {
  const [name] = conditions.find(([, of]) => of(result) !== of(first)) ?? [];
  return name === undefined ? undefined : `differs in ${name} from this one`;
}
