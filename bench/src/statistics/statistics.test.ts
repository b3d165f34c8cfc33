import { seededRandom } from '@ssert/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jainIndex, rankCorrelation } from './fairness.ts';
import { blockBootstrapInterval, bootstrapInterval, tInterval, upperBoundOfPositive } from './intervals.ts';
import { kneeOf } from './knee.ts';
import { leakVerdict } from './leak.ts';
import { warmUpOf } from './mser.ts';
import { trendOf } from './trend.ts';
import { holm, mannWhitney, ratioInterval, ratioOf } from './two-samples.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const upTo = (n: number): number[] => Array.from({ length: n }, (_, at) => at);

/** Steps of a series that remembers itself. */
function wandering(length: number, memory: number, seed: number): number[] {
  const random = seededRandom(seed);
  let value = 0;
  return upTo(length).map(() => {
    value = memory * value + random.next() + random.next() - 1;
    return value;
  });
}

// Figures with many digits in this file are SciPy's.
describe('intervals', () => {
  test("Student's t", () => {
    const [low, high] = tInterval([1, 2, 3, 4, 5]);
    expect([low, high]).toEqual([expect.closeTo(1.0367568, 6), expect.closeTo(4.9632432, 6)]);
    expect(tInterval([7])).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(tInterval([7, 7, 7])).toEqual([7, 7]);
  });

  test('the one-sided bound lies above the geometric mean, and one value has none', () => {
    expect(upperBoundOfPositive([100, 100, 100])).toBeCloseTo(100, 6);
    expect(upperBoundOfPositive([90, 100, 110, 95, 105])).toBeCloseTo(107.3, 0);
    expect(upperBoundOfPositive([1])).toBe(Number.POSITIVE_INFINITY);
  });

  test('the bootstrap of a mean is about as wide as the law says', () => {
    const random = seededRandom(3);
    const values = upTo(400).map(() => random.next());
    const [low, high] = bootstrapInterval(values, mean, random);
    expect(high - low).toBeCloseTo(2 * 1.96 * Math.sqrt(1 / 12 / 400), 1.5);
    expect(low).toBeLessThan(mean(values));
  });

  test('blocks widen the interval of a series that remembers itself', () => {
    const series = wandering(400, 0.9, 5);
    const [low, high] = blockBootstrapInterval(series, mean, seededRandom(1), { blockLength: 20 });
    const [nearLow, nearHigh] = bootstrapInterval(series, mean, seededRandom(1));
    expect((high - low) / (nearHigh - nearLow)).toBeGreaterThan(2);
  });
});

describe('trends', () => {
  test('Theil-Sen and Mann-Kendall', () => {
    const { slope, ci95, p } = trendOf(upTo(10), [1.2, 1.9, 3.4, 3.1, 4.8, 5.1, 4.9, 7.2, 7.0, 8.8]);
    expect(slope).toBeCloseTo(0.78, 10);
    expect(ci95).toEqual([expect.closeTo(0.6, 10), expect.closeTo(0.95, 10)]);
    expect(p).toBeCloseTo(0.00067676418, 7);
  });

  test('a constant has none', () => {
    expect(trendOf(upTo(8), new Array(8).fill(3))).toEqual({ slope: 0, ci95: [0, 0], p: 1 });
    expect(() => trendOf([1, 2], [1, 2])).toThrow('give 4 or more');
  });

  test('few outliers neither make nor hide one', () => {
    const values = upTo(40).map((at) => 100 + at + (at % 10 === 0 ? 500 : 0));
    expect(trendOf(upTo(40), values).slope).toBeCloseTo(1, 6);
  });

  test('eight hours of seconds have their slope too, without a comparison of 450 million pairs', () => {
    const seconds = upTo(30_000);
    const noise = wandering(30_000, 0, 4);
    const { slope, ci95, p } = trendOf(
      seconds,
      seconds.map((at) => 100 + 0.01 * at + (noise[at] ?? 0) + (at % 100 === 0 ? 500 : 0)),
    );
    expect(slope).toBeCloseTo(0.01, 4);
    expect(ci95[0]).toBeLessThan(0.01);
    expect(ci95[1]).toBeGreaterThan(0.01);
    expect(p).toBeLessThan(0.001);
  });
});

describe('two samples', () => {
  test('Mann-Whitney is exact: 5 against 5 reach 0.008, 3 against 3 only 0.10', () => {
    expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(2 / 252, 12);
    expect(mannWhitney([1, 2, 3], [4, 5, 6])).toBeCloseTo(0.1, 12);
    expect(mannWhitney([1.1, 2.3, 3.7, 4.2], [2.9, 3.9, 5.5, 6.1, 7.3])).toBeCloseTo(1 / 9, 12);
  });

  test('and with ties too', () => {
    expect(mannWhitney([12, 15, 15, 18, 21], [15, 19, 22, 25, 25, 30])).toBeCloseTo(1 / 22, 12);
    expect(mannWhitney([1, 1, 1], [1, 1, 1])).toBe(1);
  });

  test('many values are judged by the normal law, close to the exact answer', () => {
    const [a, b] = [wandering(30, 0, 1), wandering(30, 0, 2).map((value) => value + 0.2)];
    expect(mannWhitney(a, b)).toBeGreaterThan(0);
    expect(
      mannWhitney(
        a,
        a.map((value) => value + 10),
      ),
    ).toBeLessThan(1e-9);
  });

  test('swapping the samples changes nothing', () => {
    const few = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(few, few, (a, b) => {
        expect(mannWhitney(a, b)).toBeCloseTo(mannWhitney(b, a), 12);
      }),
    );
  });

  test('the ratio is found through noise', () => {
    const [a, b] = [
      [100, 104, 98, 101, 99],
      [149, 152, 147, 155, 150],
    ];
    expect(ratioOf(a, b)).toBeCloseTo(1.5, 1);
    const [low, high] = ratioInterval(a, b, seededRandom(1));
    expect(low).toBeGreaterThan(1.4);
    expect(high).toBeLessThan(1.6);
  });

  test('Holm', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([])).toEqual([]);
  });
});

describe('fairness', () => {
  test("Jain's index", () => {
    expect(jainIndex([1, 1, 1, 1])).toBe(1);
    expect(jainIndex(Float64Array.of(1, 0, 0, 0))).toBe(0.25);
    expect(jainIndex([0, 0])).toBe(1);
  });

  test("Spearman's correlation", () => {
    expect(rankCorrelation([1, 2, 2, 4, 5], [1, 3, 2, 4, 4])).toBeCloseTo(0.9473684, 6);
    expect(rankCorrelation([1, 2, 3], [5, 5, 5])).toBe(0);
  });
});

describe('warm-up', () => {
  test('MSER-5 cuts what is still falling', () => {
    const noise = wandering(100, 0, 9);
    const series = upTo(100).map((at) => 100 * Math.exp(-at / 6) + 10 + (noise[at] ?? 0));
    expect(warmUpOf(series)).toBeGreaterThanOrEqual(15);
    expect(warmUpOf(series)).toBeLessThanOrEqual(50);
    expect(warmUpOf(noise)).toBeLessThanOrEqual(50);
  });

  test('and trusts no cut beyond the first half', () => {
    expect(warmUpOf(upTo(100).map((at) => at * at))).toBeUndefined();
  });
});

describe('the knee', () => {
  const curve = (jitter: number) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((x) =>
      wandering(3, 0, x).map((noise) => ({ x: x * 1000, latency: (1 / (1 - x / 9.5)) * (1 + jitter * noise) })),
    );

  test('is where the curve leaves its chord most', () => {
    const knee = kneeOf(curve(0.05), seededRandom(1));
    // Of 1 / (1 - x / 9.5) the gap is widest at 7.4.
    expect(knee?.x).toBe(7000);
    expect(knee?.ci95[0]).toBeGreaterThanOrEqual(6000);
    expect(knee?.ci95[1]).toBeLessThanOrEqual(9000);
  });

  test('has ends that are numbers, also where hardly a draw bends', () => {
    const weak = [1, 2, 3, 4].map((x) => ({ x, latency: x === 4 ? 1.6 : 1 + 0.05 * x }));
    const knee = kneeOf(weak, seededRandom(1));
    expect(knee?.ci95.every(Number.isFinite)).toBe(true);
  });

  test('a straight line has none, and neither have three points', () => {
    expect(
      kneeOf(
        upTo(8).map((x) => ({ x, latency: 5 + x })),
        seededRandom(1),
      ),
    ).toBeUndefined();
    expect(kneeOf(curve(0).slice(0, 9), seededRandom(1))).toBeUndefined();
  });
});

describe('a leak', () => {
  const hour = upTo(360).map((at) => at * 10);
  const noise = wandering(360, 0.5, 2);
  const streams = upTo(360).map((at) => 1000 + 200 * Math.sin(at / 7));
  const rss = (perSecond: number) =>
    hour.map((t, at) => 200e6 + 9000 * (streams[at] ?? 0) + perSecond * t + 1e5 * (noise[at] ?? 0));
  const soak = (values: number[], resource: 'rss' | 'fds' = 'rss') => [{ resource, timesS: hour, values, streams }];

  test('is growth that the streams do not explain', () => {
    expect(leakVerdict(soak(rss(0)))).toEqual({ leaks: false, reasons: [] });
    expect(leakVerdict(soak(rss(1000)))).toEqual({
      leaks: true,
      reasons: [expect.stringMatching(/^rss grows by 4\d % a day at the same number of streams$/)],
    });
  });

  test('is found over days of seconds', () => {
    const timesS = upTo(200_000);
    const values = timesS.map((t) => 200e6 + 1000 * t);
    const { leaks } = leakVerdict([{ resource: 'rss', timesS, values, streams: timesS.map(() => 100) }]);
    expect(leaks).toBe(true);
  });

  test('is not growth that a day would not show', () => {
    expect(leakVerdict(soak(rss(20))).leaks).toBe(false);
  });

  test('is what two closings leave behind', () => {
    const cycle = (rssBytes: number, fds: number) => ({ rssBytes, fds });
    const after = (...cycles: ReturnType<typeof cycle>[]) => leakVerdict([], { baselineFds: 24, cycles });
    expect(after(cycle(90e6, 24), cycle(92e6, 24)).leaks).toBe(false);
    expect(after(cycle(90e6, 31), cycle(90e6, 38)).reasons).toEqual([
      '7 file descriptors are left 60 s after every stream was closed',
    ]);
    expect(after(cycle(90e6, 24), cycle(99e6, 24)).reasons[0]).toContain('10 % more memory');
  });
});
