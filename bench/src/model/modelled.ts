import type { Random } from '@ssert/protocol';
import type { BenchResult, Projection } from '../results/bench-result.ts';
import type { Load } from '../settings.ts';
import { modelsOf } from './models-of.ts';
import type { NodeLimits } from './nodes.ts';
import { type ProjectionRequest, project } from './project.ts';
import { nodesOf, scalingPoints } from './scaling-points.ts';

/** What a search is projected to where nothing else is asked for. */
export const usualProjections: readonly number[] = [1_000_000, 10_000_000];

const notRestarted =
  'whether trials told of each other is not known: the server was not started anew between them (--start COMMAND does)';

/** What the format and chunked encoding add to data. */
const framingBytes = 16;

/** Beside the result of a search: those on other numbers of nodes, and the streams to project to. */
export interface ModelOptions {
  readonly load: Load;
  readonly scaling: readonly BenchResult[];
  readonly streams: readonly number[];
  /** Whether the server was started anew for the trials that decide. */
  readonly restarted: boolean;
  readonly random: Random;
}

/** The result of a search with what it can be modelled by, what it is projected to, and why it is not. */
export function modelled(
  result: BenchResult,
  { load, scaling, streams, restarted, random }: ModelOptions,
): BenchResult {
  const measured = scalingPoints([result, ...scaling]);
  const models = modelsOf(result.trials, measured.points, random);
  const largestMeasuredNodes = Math.max(nodesOf(result), ...measured.points.map(({ n }) => n));
  const projections: Projection[] = [];
  const refused = new Map<string, number[]>();
  for (const target of streams) {
    const { projection, refusals } = project(result, models, {
      ...demandOf(target, load),
      largestMeasuredNodes,
      node: nodeOf(result),
    });
    if (projection) projections.push(projection);
    for (const refusal of refusals) refused.set(refusal, [...(refused.get(refusal) ?? []), target]);
  }
  const missing = [...refused].map(
    ([refusal, targets]) => `not projected to ${targets.join(' or ')} streams: ${refusal}`,
  );
  const own = models.refusals.filter((refusal) => !refused.has(refusal));
  const sameServer = restarted || !result.capacity ? [] : [notRestarted];
  return {
    ...result,
    model: { ...models, refusals: [...sameServer, ...own, ...measured.refusals, ...missing] },
    ...(projections.length > 0 ? { projection: projections } : {}),
  };
}

/** So many streams, each with what a stream got in the search. */
function demandOf(streams: number, { rate, topics, payloadBytes }: Load): ProjectionRequest {
  return {
    streams,
    publishesPerS: rate * topics,
    deliveriesPerS: rate * streams,
    bytesPerDelivery: payloadBytes + framingBytes,
  };
}

/** What one node has, as far as the run knows: the server's process was on this machine, and alone. */
function nodeOf(result: BenchResult): Omit<NodeLimits, 'streams'> {
  const { host, target } = result;
  if (target.pid === undefined || nodesOf(result) > 1) return {};
  return { memoryBytes: host.memoryBytes, cores: host.pinned ? coresIn(host.pinned.server) : host.cores };
}

/** Of a list such as `0-3,8`. */
function coresIn(list: string): number {
  return list
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((sum, [from = 0, to = from]) => sum + to - from + 1, 0);
}
