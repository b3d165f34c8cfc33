import { seededRandom } from '@ssert/protocol';
import { emptyHistogram, recordOf } from '../src/histogram/histogram.ts';
import type { HistogramRecord, Trial, Window } from '../src/results/bench-result.ts';

/** What a made-up trial is made of; the rest follows from it. */
export interface TrialShape {
  /** Streams. */
  readonly x: number;
  readonly rep?: number;
  readonly seed?: number;
  readonly publishesPerS?: number;
  readonly seconds?: number;
  /** Delivery is lognormal: half of it comes within this time, µs. */
  readonly medianUs?: number;
  readonly sigma?: number;
  /** Share of the events that never come. */
  readonly loss?: number;
  readonly rssBytes?: number;
  readonly serverCores?: number;
  /** Seconds of the measured phase that break a limit of the self-check. */
  readonly badSeconds?: readonly number[];
}

/** A trial such as the engine finds, with histograms that decode to what its percentiles say. */
export function madeUpTrial(shape: TrialShape, changed: Partial<Trial> = {}): Trial {
  const { x, rep = 0, seed = 1, publishesPerS = 20, seconds = 30, medianUs = 2000, sigma = 0.6, loss = 0 } = shape;
  const { rssBytes = 60e6 + 9000 * x, serverCores = 0.05 + (x * publishesPerS) / 1.2e6, badSeconds = [] } = shape;
  const publishes = publishesPerS * seconds;
  const expected = publishes * x;
  const lost = Math.round(expected * loss);
  const delivered = expected - lost;
  const windows = windowsOf({ ...shape, publishesPerS, seconds, medianUs, sigma, rssBytes, serverCores, badSeconds });
  return {
    x,
    rep,
    validity: badSeconds.length > seconds / 100 ? 'invalid' : 'valid',
    reasons: [],
    settledAtMs: 10_000,
    unstable: false,
    lowN: publishes < 1000,
    connects: { attempted: x, ok: x, dropped: 0 },
    counts: {
      expected,
      delivered,
      lost,
      duplicate: 0,
      reordered: 0,
      corrupt: 0,
      edge: x,
      redelivered: 0,
      lostAcrossReconnect: 0,
      publishes,
      publishesRefused: 0,
    },
    hist: {
      delivery: lognormal(delivered, medianUs, sigma, seed, lost),
      ttfh: lognormal(x, medianUs * 2, sigma, seed + 1),
      ttfe: lognormal(x, medianUs * 3, sigma, seed + 2),
      publishLag: lognormal(publishes, 120, 0.4, seed + 3),
      skew: lognormal(publishes, medianUs, sigma / 2, seed + 4),
    },
    fairness: { jain: 1 - loss, worst1pctUs: medianUs * Math.exp(3 * sigma), positionBias: 0.4 },
    server: {
      cpuNs: serverCores * seconds * 1e9,
      cpuNsPerDelivery: (serverCores * seconds * 1e9) / Math.max(1, delivered),
      idleCpuNsPerSecond: 4e6,
      rssBytes,
      rssBytesBefore: 60e6,
      rssBytesPerStream: (rssBytes - 60e6) / x,
      kernelBytesPerStream: 4096,
      fds: x + 24,
    },
    generator: {
      workers: 2,
      cpuNs: delivered * 9000,
      cpuNsPerDelivery: 9000,
      rssBytes: 50e6 + 6500 * x,
      bytesPerStream: 6500,
      badWindows: badSeconds.length / seconds,
      canaryP99Us: medianUs * Math.exp(2.326 * sigma),
    },
    windows,
    ...changed,
  };
}

/** A histogram of a lognormal law: its quantiles, not draws, with a little of the seed in the median. */
function lognormal(count: number, medianUs: number, sigma: number, seed: number, missing = 0): HistogramRecord {
  const histogram = emptyHistogram();
  const median = medianUs * (1 + 0.02 * (seededRandom(seed).next() - 0.5));
  const steps = Math.min(count, 400);
  for (let step = 0; step < steps; step += 1) {
    const here = Math.floor((count * (step + 1)) / steps) - Math.floor((count * step) / steps);
    const value = median * Math.exp(sigma * (quantilesOf(steps)[step] as number));
    histogram.recordValueWithCount(Math.max(1, Math.round(value)), here);
  }
  return recordOf(histogram, missing);
}

type WholeShape = Required<Omit<TrialShape, 'rep' | 'seed' | 'loss'>> & Pick<TrialShape, 'seed'>;

function windowsOf(shape: WholeShape): Window[] {
  const { x, publishesPerS, seconds, medianUs, sigma, rssBytes, serverCores, badSeconds, seed = 1 } = shape;
  const random = seededRandom(seed + 10);
  const phases = [
    ...new Array<Window['phase']>(4).fill('ramp'),
    ...new Array<Window['phase']>(10).fill('settle'),
    ...new Array<Window['phase']>(seconds).fill('measure'),
    'drain' as const,
  ];
  return phases.map((phase, second): Window => {
    const ramp = phase === 'ramp' ? (second + 1) / 4 : 1;
    const loaded = phase === 'settle' || phase === 'measure';
    const offered = loaded ? publishesPerS * x : 0;
    const wobble = Math.exp(0.08 * (random.next() + random.next() - 1));
    const bad = phase === 'measure' && badSeconds.includes(second - 14);
    const slower = wobble * (bad ? 2.5 : 1);
    return {
      t: second * 1000,
      phase,
      streams: Math.round(x * ramp),
      offered,
      delivered: phase === 'drain' ? 0 : offered,
      p50: loaded ? Math.round(medianUs * slower) : null,
      p99: loaded ? Math.round(medianUs * Math.exp(2.326 * sigma) * slower) : null,
      rss: Math.round(60e6 + (rssBytes - 60e6) * ramp * (1 - 0.02 * random.next())),
      cpu: loaded ? serverCores * wobble : 0.02,
      elu: Math.min(1, (loaded ? 0.2 + x / 60_000 : 0.1) + (bad ? 0.5 : 0)),
      psi: bad ? 0.4 : 0.01,
      bad,
    };
  });
}

const known = new Map<number, readonly number[]>();

/** The middles of so many equal parts of the standard normal law. */
function quantilesOf(parts: number): readonly number[] {
  const found = known.get(parts) ?? Array.from({ length: parts }, (_, at) => normalQuantile((at + 0.5) / parts));
  known.set(parts, found);
  return found;
}

/** Of the standard normal law, by bisection of the error function's series: exact enough for made-up data. */
function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let round = 0; round < 50; round += 1) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}

function normalShare(z: number): number {
  // Abramowitz and Stegun 26.2.17
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}
