import { seededRandom } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import type { UslModel } from '../results/bench-result.ts';
import { type CpuPoint, cpuModel } from './cpu.ts';
import { memoryModel } from './memory.ts';
import { modelsOf } from './models-of.ts';
import { scalingModel } from './scaling.ts';
import { fitUsl, type UslParameters, uslCapacity, uslPeak } from './usl-fit.ts';

const sizes = [1, 2, 4, 8, 16, 24, 32];

function pointsOf(law: UslParameters, { noise = 0, reps = 1, seed = 1 } = {}) {
  const random = seededRandom(seed);
  return sizes.flatMap((n) =>
    Array.from({ length: reps }, () => ({ n, x: uslCapacity(law, n) * Math.exp(noise * (2 * random.next() - 1)) })),
  );
}

const model = (law: UslParameters, options = {}): UslModel => {
  const found = scalingModel(pointsOf(law, options), seededRandom(2));
  if ('refusal' in found) throw new Error(found.refusal);
  return found;
};

describe('the universal scalability law', () => {
  test.each([
    [{ gamma: 8000, alpha: 0.03, beta: 0.0004 }],
    [{ gamma: 0.4, alpha: 0.2, beta: 0.01 }],
    [{ gamma: 120_000, alpha: 0.001, beta: 0.002 }],
    [{ gamma: 500, alpha: 0.5, beta: 0 }],
    [{ gamma: 500, alpha: 0, beta: 0.001 }],
    [{ gamma: 500, alpha: 0, beta: 0 }],
  ])('is fitted again from points of %j within 2 %%', (law) => {
    const fit = fitUsl(pointsOf(law));
    expect(fit.gamma / law.gamma).toBeCloseTo(1, 2);
    for (const name of ['alpha', 'beta'] as const) {
      expect(Math.abs(fit[name] - law[name])).toBeLessThanOrEqual(0.02 * law[name] + 1e-9);
    }
    for (const n of [1, 10, 32, 64]) expect(uslCapacity(fit, n) / uslCapacity(law, n)).toBeCloseTo(1, 2);
  });

  test('has its peak where contention and coherence meet', () => {
    expect(uslPeak({ gamma: 1, alpha: 0.04, beta: 0.0006 })).toBeCloseTo(40, 6);
    expect(uslPeak({ gamma: 1, alpha: 0.04, beta: 0 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('never gets a negative coefficient, also where more is faster than proportional', () => {
    const fit = fitUsl(sizes.map((n) => ({ n, x: 100 * n ** 1.2 })));
    expect([fit.alpha, fit.beta]).toEqual([0, 0]);
  });

  test.each([
    ['linear', { gamma: 100, alpha: 0, beta: 0 }, null],
    ['amdahl', { gamma: 100, alpha: 0.15, beta: 0 }, null],
    ['usl', { gamma: 100, alpha: 0.03, beta: 0.004 }, expect.closeTo(15.6, -1)],
  ] as const)('is chosen by AICc against simpler ones: %s', (kind, law, nMax) => {
    expect(model(law, { noise: 0.02, reps: 3 })).toMatchObject({ kind, nMax });
  });

  test('has intervals that hold the truth', () => {
    const law = { gamma: 100, alpha: 0.05, beta: 0.002 };
    const held = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((seed) => {
      const { ci95 } = model(law, { noise: 0.03, reps: 3, seed });
      return (['gamma', 'alpha', 'beta'] as const).every(
        (name) => ci95[name][0] <= law[name] && law[name] <= ci95[name][1],
      );
    });
    expect(held.length).toBeGreaterThanOrEqual(8);
  });

  test('is refused below six loads', () => {
    const few = pointsOf({ gamma: 1, alpha: 0, beta: 0 }).slice(0, 5);
    expect(scalingModel(few, seededRandom(1))).toEqual({
      refusal: expect.stringContaining('measured at 5 of at least 6 numbers of nodes'),
    });
  });
});

describe('memory', () => {
  const point = (streams: number, backlogBytes = 0) => ({
    streams,
    backlogBytes,
    rssBytes: 60e6 + 9000 * streams + 1.2 * backlogBytes + (streams % 7) * 1e4,
    kernelBytesPerStream: 4000,
  });

  test('is a base, a share per stream and one per byte of backlog', () => {
    const points = [0, 1000, 2000, 4000, 8000, 16_000].flatMap((n) => [point(n), point(n, 5e7)]);
    const found = memoryModel(points);
    expect(found).toMatchObject({
      base: expect.closeTo(60e6, -6),
      perStream: expect.closeTo(9000, -2),
      perBacklogByte: expect.closeTo(1.2, 1),
      kernelPerStream: 4000,
    });
    const [low, high] = 'refusal' in found ? [0, 0] : found.perStreamCi95;
    expect(low).toBeLessThan(9000);
    expect(high).toBeGreaterThan(9000);
    expect(high - low).toBeLessThan(100);
  });

  test('is refused below five levels, and where backlog rose along with the streams', () => {
    expect(memoryModel([1, 2, 3, 4].map((n) => point(n)))).toEqual({
      refusal: expect.stringContaining('4 of at least 5'),
    });
    expect(memoryModel([1, 2, 3, 4, 5].map((n) => point(n, n * 10)))).toEqual({
      refusal: expect.stringContaining('rose together'),
    });
  });
});

describe('CPU', () => {
  const point = (load: Omit<CpuPoint, 'cores'>): CpuPoint => {
    const { nodes, streams, deliveriesPerS, connectsPerS, publishesPerS } = load;
    const shared = 1e-5 * streams + 4e-6 * deliveriesPerS + 3e-4 * connectsPerS;
    return { ...load, cores: 0.02 + shared / nodes + 2e-3 * publishesPerS };
  };
  const varied = [
    [1, 1000, 20_000, 0, 20],
    [1, 5000, 20_000, 10, 4],
    [2, 9000, 90_000, 100, 10],
    [3, 2000, 60_000, 0, 30],
    [1, 8000, 8000, 50, 1],
    [2, 4000, 160_000, 20, 40],
    [1, 100, 100, 400, 5],
  ].map(([nodes = 1, streams = 0, deliveriesPerS = 0, connectsPerS = 0, publishesPerS = 0]) =>
    point({ nodes, streams, deliveriesPerS, connectsPerS, publishesPerS }),
  );

  test('is told apart where its causes were varied', () => {
    const { model: found, refusals } = cpuModel(varied);
    expect(refusals).toEqual([]);
    expect(found?.idle).toBeCloseTo(0.02, 6);
    expect(found?.perStream).toBeCloseTo(1e-5, 9);
    expect(found?.perDelivery).toBeCloseTo(4e-6, 9);
    expect(found?.perConnect).toBeCloseTo(3e-4, 8);
    expect(found?.perPublish).toBeCloseTo(2e-3, 8);
  });

  test('is refused where streams and deliveries rose together', () => {
    const together = [1, 2, 3, 4, 5, 6, 7].map((k) =>
      point({ nodes: 1, streams: 1000 * k, deliveriesPerS: 20_000 * k, connectsPerS: 0, publishesPerS: 20 }),
    );
    const { model: found, refusals } = cpuModel(together);
    expect(found).toBeUndefined();
    expect(refusals[0]).toContain('streams, deliveries/s, publishes/s rose together');
  });

  test('is refused where nothing was measured', () => {
    expect(cpuModel([])).toEqual({ refusals: [expect.stringContaining('no valid trial measured')] });
  });

  test('tells which cost was never there', () => {
    const { model: found, refusals } = cpuModel(
      varied.map(({ connectsPerS: _, ...rest }) => point({ ...rest, connectsPerS: 0 })),
    );
    expect(found?.perConnect).toBe(0);
    expect(refusals).toEqual(['the CPU cost of connects/s is not known: there were none']);
  });
});

test("a run's trials give its models, and what they leave open is told", () => {
  const { trials } = madeUpBench();
  const models = modelsOf(trials, [], seededRandom(1));
  expect(models.memory?.perStream).toBeCloseTo(9000, -1);
  expect(models.cpu).toBeUndefined();
  expect(models.refusals).toEqual([
    expect.stringContaining('how it scales is not known'),
    expect.stringContaining('cannot be told apart'),
  ]);
  const invalid = trials.map((trial) => ({ ...trial, validity: 'invalid' as const }));
  expect(modelsOf(invalid, [], seededRandom(1)).memory).toBeUndefined();
  expect(modelsOf([madeUpTrial({ x: 10 })], [], seededRandom(1)).refusals).toHaveLength(3);
});
