import { type Random, SettingError } from '@ssert/protocol';
import type { BenchResult, Projection } from '../results/bench-result.ts';
import { cpuAtOneRate } from './cpu.ts';
import { modelsOf } from './models-of.ts';
import type { NodeLimits } from './nodes.ts';
import { type ProjectionRequest, project, ratePerStream } from './project.ts';
import { nodesOf, scalingPoints } from './scaling-points.ts';

/** What a search is projected to where nothing else is asked for. */
export const usualProjections: readonly number[] = [1_000_000, 10_000_000];

const notRestarted =
  'whether trials told of each other is not known: the server was not started anew between them (--start COMMAND does)';

const otherSize =
  'a node of another size holds as many streams as the one that was measured, as long as its memory and cores suffice';
const oneRate = 'the CPU that a stream costs is that at the rate measured';

/** What the format and chunked encoding add to data. */
const framingBytes = 16;

/** How streams shall be served, where that is not as it was measured. */
export type Serving = Pick<ProjectionRequest, 'headroom' | 'zones' | 'herdWindowS' | 'node' | 'deployment'>;

/** Beside the result of a search: those on other numbers of nodes, and the streams to project to. */
export interface ModelOptions {
  readonly scaling: readonly BenchResult[];
  readonly streams: readonly number[];
  /** Whether the server was started anew for the trials that decide. Default: as the result has it already. */
  readonly restarted?: boolean;
  /** How the streams shall be served. Default: as they were when they were measured, with what a node has here. */
  readonly serving?: Serving;
  readonly random: Random;
}

/** The result of a search with what it can be modelled by, what it is projected to, and why it is not. */
export function modelled(
  // What an earlier projection found is no part of what was measured.
  { projection: _, ...result }: BenchResult,
  { scaling, streams, restarted = !result.model?.refusals.includes(notRestarted), serving = {}, random }: ModelOptions,
): BenchResult {
  const measured = scalingPoints([result, ...scaling]);
  const models = modelsOf(result.trials, measured.points, random);
  const largestMeasuredNodes = Math.max(nodesOf(result), ...measured.points.map(({ n }) => n));
  const { node = {} } = serving;
  const byTheStream = models.cpu || node.cores === undefined ? undefined : cpuAtOneRate(result.trials);
  const cpu = models.cpu ?? byTheStream;
  const countedOn = [
    ...(node.memoryBytes === undefined ? [] : (['memory'] as const)),
    ...(node.cores === undefined ? [] : (['cpu'] as const)),
  ];
  const here = nodeOf(result);
  const resized =
    (node.cores ?? here.cores) !== here.cores || (node.memoryBytes ?? here.memoryBytes) !== here.memoryBytes;
  const assumed = [...(resized ? [otherSize] : []), ...(byTheStream ? [oneRate] : [])];
  const projections: Projection[] = [];
  const refused = new Map<string, number[]>();
  for (const target of streams) {
    const { projection, refusals } = project(result, cpu ? { ...models, cpu } : models, {
      ...demandOf(target, result),
      ...serving,
      largestMeasuredNodes,
      node: { ...here, ...node },
      countedOn,
    });
    if (projection) projections.push({ ...projection, assumptions: [...projection.assumptions, ...assumed] });
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
function demandOf(streams: number, result: BenchResult): ProjectionRequest {
  const rate = ratePerStream(result) ?? 0;
  return {
    streams,
    publishesPerS: rate * planned(result, 'topics'),
    deliveriesPerS: rate * streams,
    bytesPerDelivery: planned(result, 'payloadBytes') + framingBytes,
  };
}

/** A figure of the load. @throws SettingError where a result from elsewhere does not tell it */
function planned({ plan }: BenchResult, name: 'topics' | 'payloadBytes'): number {
  const value = plan.params[name];
  if (typeof value === 'number') return value;
  throw new SettingError(`plan.params.${name}`, value, 'the number, as ssert bench writes it');
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
