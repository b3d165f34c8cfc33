import type { BenchResult, Capacity, Models, Projection } from '../results/bench-result.ts';
import { openStreams } from '../results/open-streams.ts';
import { type NodeDemand, type NodeLimits, nodesNeeded, overZones, type Resource } from './nodes.ts';
import { leastLoads } from './scaling.ts';
import { nodesOf } from './scaling-points.ts';

/** What shall be served, and where it differs from what was measured. */
export interface ProjectionRequest extends NodeDemand {
  /** Absent: as measured. What is named and differs is refused: it was not measured. */
  readonly deployment?: Readonly<Partial<Record<DeploymentTrait, string | number | boolean>>>;
  readonly node?: Omit<NodeLimits, 'streams'>;
  /** Limits of a node that somebody counts on: where it is not known what they are used by, there is no projection. */
  readonly countedOn?: readonly ('memory' | 'cpu')[];
  /** The largest number of nodes that was measured together. Default 1. */
  readonly largestMeasuredNodes?: number;
}

export type DeploymentTrait = 'cpu' | 'payload' | 'tls' | 'protocol' | 'proxy';

const traitNames: Readonly<Record<DeploymentTrait, string>> = {
  cpu: 'the CPU',
  payload: 'the payload',
  tls: 'TLS',
  protocol: 'the HTTP version',
  proxy: 'the proxy',
};

const resourceNames: Readonly<Record<Exclude<Resource, 'capacity'>, string>> = {
  memory: 'memory',
  cpu: 'CPU',
  bandwidth: 'bandwidth',
  herd: 'reconnections after a loss',
};

/** Wider intervals than this share of the capacity say too little. */
export const widestInterval = 0.2;

/** How far the ends of its interval are from a capacity, as a share of it. */
export function uncertaintyOf({ lo, ci95 }: Capacity): number {
  return Math.max(lo - ci95[0], ci95[1] - lo) / lo;
}

export interface Projected {
  readonly projection?: Projection;
  /** What is missing; empty where there is a projection. */
  readonly refusals: readonly string[];
}

/** How many nodes a load needs, as a range with its assumptions; or why that cannot be told. */
export function project(result: BenchResult, models: Models, request: ProjectionRequest): Projected {
  const refusals = refusalsOf(result, models, request);
  const { capacity } = result;
  if (refusals.length > 0 || capacity === undefined) return { refusals };
  const { headroom = 0.3, zones, streams, publishesPerS, herdWindowS = 30, largestMeasuredNodes = 1 } = request;
  const perNode = capacity.lo / nodesOf(result);
  const needed = nodesNeeded(models, { ...request.node, streams: perNode }, request);
  const never = needed.filter(({ most }) => !Number.isFinite(most));
  if (never.length > 0) return { refusals: never.map(({ resource }) => beyond(resource, models)) };
  const most = needed.reduce((a, b) => (b.most > a.most ? b : a));
  const nodes = [overZones(Math.max(...needed.map(({ least }) => least)), zones), overZones(most.most, zones)] as const;
  const unknown = (['memory', 'cpu', 'bandwidth', 'herd'] as const).filter(
    (resource) => !needed.some((one) => one.resource === resource),
  );
  return {
    refusals: [],
    projection: {
      target: { streams, publishesPerS },
      nodes,
      boundBy: most.resource,
      hypothesis: nodes[1] > 10 * largestMeasuredNodes || result.host.loopback,
      assumptions: [
        `each node holds ${Math.floor(perNode)} streams at the objective, and ${Math.round(headroom * 100)} % of it stays free`,
        ...(result.target.cpuShare
          ? [`each node runs ${Math.round(100 * result.target.cpuShare.ran)} % of the time only`]
          : []),
        `the lower end scales perfectly, the upper end with all the contention that the measurements leave open`,
        'hardware, payload, TLS, HTTP version and proxy are as measured',
        ...nodeText(request.node, needed),
        zones === undefined
          ? 'no node is added for one that is lost: its streams go to the others, into what stays free'
          : `one of ${zones} zones may be lost, and the others hold everything`,
        ...(request.node?.connectsPerS === undefined
          ? []
          : [
              `who lost a stream is back within ${herdWindowS} s: a node takes ${round(request.node.connectsPerS)} connects/s, as it does while nothing is published`,
            ]),
        ...(unknown.length === 0
          ? []
          : [
              `${unknown.map((one) => resourceNames[one]).join(', ')}: not looked at, as the costs or the limit of a node are not known`,
            ]),
        ...(result.host.loopback ? ['measured over loopback only'] : []),
      ],
    },
  };
}

function refusalsOf(
  result: BenchResult,
  models: Models,
  { deployment = {}, countedOn = [], streams, deliveriesPerS }: ProjectionRequest,
): string[] {
  const { verdict, capacity, search, trials } = result;
  if (verdict.validity === 'invalid') return [`the run is invalid: ${verdict.reasons[0] ?? 'run it again'}`];
  if (capacity === undefined) return [`no capacity was found${search ? '' : ': run a search with --slo'}`];
  const refusals: string[] = [];
  const loads = new Set(trials.filter(({ validity }) => validity !== 'invalid').map(({ x }) => x)).size;
  if (loads < leastLoads) refusals.push(`only ${loads} loads were tried: at least ${leastLoads} are needed`);
  if (capacity.limitedBy === 'generator') {
    refusals.push(`the generator, not the server, was the limit: all that is known is that it holds ${capacity.lo}`);
  }
  if (!capacity.confirmed) refusals.push('the capacity was not confirmed: give the search more time');
  const off = uncertaintyOf(capacity);
  if (off > widestInterval) {
    refusals.push(
      `the capacity is only known within ${Math.round(100 * off)} %: more trials, or a quieter machine, are needed`,
    );
  }
  const validated = Math.max(0, ...trials.filter((trial) => trial.validity === 'valid').map(({ x }) => x));
  if (capacity.lo > validated)
    refusals.push(`a node would hold ${capacity.lo} streams, and at most ${validated} were validated`);
  if (capacity.axis !== 'streams') {
    const over = capacity.axis === 'rate' ? 'the rate' : 'how fast clients connect';
    refusals.push(`the search was over ${over}: search over streams at the rate that you need`);
  }
  const perStream = deliveriesPerS / streams;
  const measured = ratePerStream(result);
  if (measured !== undefined && perStream > measured * 1.05) {
    refusals.push(`each stream would get ${round(perStream)} events/s, and at most ${round(measured)} were measured`);
  }
  for (const [trait, wanted] of Object.entries(deployment) as [DeploymentTrait, string | number | boolean][]) {
    const was = measuredTrait(result, trait);
    if (was !== wanted)
      refusals.push(`${traitNames[trait]} would be ${wanted}, and was ${was ?? 'not measured'}: measure there`);
  }
  for (const resource of countedOn) {
    const name = resourceNames[resource];
    if (nodesOf(result) > 1) {
      refusals.push(`what one node needs of ${name} is not known of ${nodesOf(result)}: give a search on one`);
    } else if (models[resource] === undefined) {
      refusals.push(
        `what a stream needs of ${name} is not known: search with the server's process in view, at five loads`,
      );
    }
  }
  if (models.usl === undefined) refusals.push(...models.refusals.filter((one) => one.startsWith('how it scales')));
  if (models.usl === undefined && !refusals.some((one) => one.startsWith('how it scales'))) {
    refusals.push('how it scales is not known: measure the capacity on several numbers of nodes');
  }
  return refusals;
}

function beyond(resource: string, { usl }: Models): string {
  if (resource === 'capacity' && usl) {
    const peak = usl.nMax === null ? '' : ` (most of them help up to ${Math.floor(usl.nMax)})`;
    return `more nodes than there can be: contention may end the growth before that load${peak}; split the topics over separate groups`;
  }
  return resource === 'cpu'
    ? 'the publishes alone fill every node, however many there are: split the topics over separate groups'
    : `no number of nodes has enough ${resource}: a node is full before its first stream`;
}

/** What a node has, of that which was looked at. */
function nodeText(node: ProjectionRequest['node'], needed: readonly { readonly resource: Resource }[]): string[] {
  const { cores, memoryBytes, bandwidthBytesPerS } = node ?? {};
  const has = [
    ['cpu', cores, 1, cores === 1 ? 'core' : 'cores'],
    ['memory', memoryBytes, 1e9, 'GB of memory'],
    ['bandwidth', bandwidthBytesPerS, 1e6, 'MB/s of network'],
  ] as const;
  const shown = has.flatMap(([resource, limit, unit, name]) =>
    limit !== undefined && needed.some((one) => one.resource === resource) ? `${round(limit / unit)} ${name}` : [],
  );
  return shown.length === 0 ? [] : [`a node has ${shown.join(', ')}`];
}

/** Of these the rate is not what the plan says: they publish nothing, or at times of their own. */
const ownRates: readonly string[] = ['storm', 'burst'];

/** Events per second and stream, the most that a valid trial had; where the rate was the plan's, that. */
export function ratePerStream({ trials, plan, capacity }: BenchResult): number | undefined {
  const { rate } = plan.params;
  if (capacity?.axis === 'streams' && typeof rate === 'number' && !ownRates.includes(plan.scenario)) return rate;
  const rates = trials.flatMap((trial) => {
    const { validity, counts, windows } = trial;
    const seconds = windows.filter(({ phase }) => phase === 'measure').length;
    return validity === 'invalid' || seconds === 0 ? [] : counts.expected / Math.max(1, openStreams(trial)) / seconds;
  });
  return rates.length === 0 ? undefined : Math.max(...rates);
}

function measuredTrait(
  { host, target, plan }: BenchResult,
  trait: DeploymentTrait,
): string | number | boolean | undefined {
  switch (trait) {
    case 'cpu':
      return host.cpu;
    case 'tls':
      return target.tls;
    case 'protocol':
      return target.protocol;
    case 'payload':
      return plan.params.payloadBytes;
    case 'proxy':
      // No result tells what stands between.
      return undefined;
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
