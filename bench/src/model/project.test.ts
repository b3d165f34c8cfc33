import { seededRandom } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import type { BenchResult, Capacity, Models } from '../results/bench-result.ts';
import { modelsOf } from './models-of.ts';
import { nodesNeeded, overZones } from './nodes.ts';
import { type ProjectionRequest, project } from './project.ts';
import { uslCapacity } from './usl-fit.ts';

const bench = madeUpBench();
const scaling = [1, 2, 4, 8, 16, 32, 64].flatMap((n, at) =>
  [-1, 0, 1].map((off) => ({
    n,
    x: uslCapacity({ gamma: 7800, alpha: 0.0005, beta: 0 }, n) * (1 + 0.001 * off * ((at % 3) + 1)),
  })),
);
const models = modelsOf(bench.trials, scaling, seededRandom(1));
const million: ProjectionRequest = { streams: 1e6, publishesPerS: 20, deliveriesPerS: 2e7, bytesPerDelivery: 290 };

const refused = (changed: Partial<BenchResult>, request: Partial<ProjectionRequest> = {}, using: Models = models) =>
  project({ ...bench, ...changed }, using, { ...million, ...request }).refusals;
const capacity = (changed: Partial<Capacity>) => ({ capacity: { ...(bench.capacity as Capacity), ...changed } });

describe('a million streams', () => {
  test('need a range of nodes, with what is assumed beside it', () => {
    const { projection, refusals } = project(bench, models, million);
    expect(refusals).toEqual([]);
    expect(projection?.nodes[0]).toBe(Math.ceil(1e6 / (7800 * 0.7)));
    expect(projection?.nodes[1]).toBeGreaterThan(projection?.nodes[0] ?? 0);
    expect(projection).toMatchObject({ boundBy: 'capacity', hypothesis: true });
    expect(projection?.assumptions.join('\n')).toContain('30 % of it stays free');
    expect(projection?.assumptions.join('\n')).toContain('measured over loopback only');
  });

  test('assume that a node may be lost only where nodes are added for that', () => {
    const assumed = (more: Partial<ProjectionRequest>) =>
      project(bench, models, { ...million, ...more }).projection?.assumptions.join('\n');
    expect(assumed({})).toContain('no node is added for one that is lost');
    expect(assumed({})).not.toContain('may be lost');
    expect(assumed({ zones: 3 })).toContain('one of 3 zones may be lost, and the others hold everything');
  });

  test('are no hypothesis near what was measured, over a network', () => {
    const { projection } = project({ ...bench, host: { ...bench.host, loopback: false } }, models, {
      ...million,
      streams: 50_000,
      deliveriesPerS: 1e6,
      largestMeasuredNodes: 16,
    });
    expect(projection?.hypothesis).toBe(false);
  });

  test('may be bound by those who come back', () => {
    const { projection } = project(bench, models, {
      ...million,
      zones: 3,
      node: { connectsPerS: 20 },
      herdWindowS: 10,
    });
    expect(projection?.boundBy).toBe('herd');
    expect(projection?.nodes[1]).toBe(overZones(Math.ceil(1e6 / (20 * 0.7 * 10) / 3), 3));
  });
});

test('a lost zone is back in time: the nodes that are left take its streams, and no more nodes are asked for', () => {
  const nodes = { streams: 1e6, connectsPerS: 100 };
  for (const zones of [2, 3, 5]) {
    const demand = { ...million, zones, headroom: 0, herdWindowS: 10 };
    const left = nodesNeeded(models, nodes, demand).find(({ resource }) => resource === 'herd')?.least ?? 0;
    const lost = million.streams / zones;
    expect(left * 100 * 10).toBeGreaterThanOrEqual(lost);
    expect((left - 1) * 100 * 10).toBeLessThan(lost);
  }
});

describe('each resource asks for its nodes', () => {
  const known: Models = {
    memory: { base: 1e8, perStream: 10_000, perStreamCi95: [9500, 10_500], kernelPerStream: 4000 },
    cpu: { idle: 0.1, perStream: 1e-6, perDelivery: 4e-6, perConnect: 0, perPublish: 1e-3 },
    refusals: [],
  };
  const node = { streams: 50_000, cores: 8, memoryBytes: 8e9, bandwidthBytesPerS: 1.25e9, connectsPerS: 2000 };
  const of = (demand: Partial<ProjectionRequest> = {}) =>
    Object.fromEntries(nodesNeeded(known, node, { ...million, ...demand }).map((one) => [one.resource, one]));

  test('with headroom', () => {
    expect(of()).toMatchObject({
      capacity: { least: Math.ceil(1e6 / 35_000) },
      memory: { least: Math.ceil((1e6 * 14_000) / (5.6e9 - 1e8)), most: Math.ceil((1e6 * 14_500) / (5.6e9 - 1e8)) },
      cpu: { least: Math.ceil((1 + 80) / (5.6 - 0.1 - 0.02)) },
      bandwidth: { least: Math.ceil((2e7 * 290) / (1.25e9 * 0.7)) },
      // A node holds 1e6 / n, and n - 1 others take 42,000 each within 30 s.
      herd: { least: 6 },
    });
  });

  test('and none will do where every publish goes to every node', () => {
    expect(of({ publishesPerS: 6000 }).cpu?.most).toBe(Number.POSITIVE_INFINITY);
    const request = { ...million, streams: 50_000, deliveriesPerS: 1e6, publishesPerS: 6000, node };
    const usl = models.usl;
    expect(project(bench, { ...known, ...(usl ? { usl } : {}) }, request).refusals[0]).toContain(
      'the publishes alone fill every node',
    );
  });

  test('whole nodes in each zone, of which one may be lost', () => {
    expect(overZones(10, 3)).toBe(15);
    expect(overZones(10, 2)).toBe(20);
    expect(overZones(10, undefined)).toBe(10);
  });
});

describe('a projection is refused, and says what is missing', () => {
  test('of an invalid run', () => {
    const verdict = { validity: 'invalid' as const, reasons: ['the publisher lagged behind'] };
    expect(refused({ verdict })).toEqual(['the run is invalid: the publisher lagged behind']);
  });

  test('without a capacity', () => {
    const { capacity: _, ...without } = bench;
    expect(project(without, models, million).refusals).toEqual(['no capacity was found: run a search with --slo']);
    const searched = { ...without, search: { axis: 'streams', stop: 'time' } } as const;
    expect(project(searched, models, million).refusals).toEqual(['no capacity was found']);
  });

  test.each([
    ['fewer than six loads', { trials: bench.trials.slice(0, 5) }, {}, 'only 5 loads were tried'],
    ['an unconfirmed capacity', capacity({ confirmed: false }), {}, 'not confirmed'],
    ['a wide interval', capacity({ ci95: [5000, 8260] }), {}, 'only known within 36 %'],
    [
      'a load per node that was never validated',
      capacity({ lo: 20_000, ci95: [19_900, 20_100] }),
      {},
      'at most 12000 were validated',
    ],
    ['the axis of rates', capacity({ axis: 'rate' }), {}, 'search over streams'],
    ['more events per stream', {}, { deliveriesPerS: 1e8 }, 'each stream would get 100 events/s, and at most 20'],
    ['another payload', {}, { deployment: { payload: 4096 } }, 'the payload would be 4096, and was 256'],
    ['TLS', {}, { deployment: { tls: true } }, 'TLS would be true, and was false'],
    ['another HTTP version', {}, { deployment: { protocol: 'h2' } }, 'the HTTP version would be h2'],
    ['a proxy', {}, { deployment: { proxy: 'nginx' } }, 'the proxy would be nginx, and was not measured'],
    ['other hardware', {}, { deployment: { cpu: 'Other CPU' } }, 'the CPU would be Other CPU'],
  ] as const)('for %s', (_, changed, request, message) => {
    expect(refused(changed as Partial<BenchResult>, request).join('\n')).toContain(message);
  });

  test('where it is not known how it scales', () => {
    const one = modelsOf(bench.trials, [], seededRandom(1));
    expect(refused({}, {}, one)).toEqual([expect.stringContaining('how it scales is not known')]);
  });

  test('beyond the number of nodes that helps', () => {
    const falling = [1, 2, 4, 6, 8, 12, 16].map((n) => ({
      n,
      x: uslCapacity({ gamma: 7800, alpha: 0.05, beta: 0.004 }, n),
    }));
    expect(refused({}, {}, modelsOf(bench.trials, falling, seededRandom(1)))).toEqual([
      expect.stringMatching(/^more nodes than there can be: .*up to 15\)/),
    ]);
  });
});
