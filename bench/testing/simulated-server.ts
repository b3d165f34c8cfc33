import { seededRandom } from '@ssert/protocol';
import { emptyHistogram, recordOf } from '../src/histogram/histogram.ts';
import type { HistogramRecord, Trial } from '../src/results/bench-result.ts';
import { madeUpTrial } from './made-up-trial.ts';

/** A server whose capacity is known, as far as a search can see it. */
export interface SimulatedServer {
  /** p99 of delivery is 250 ms at this load, without noise. */
  readonly capacity: number;
  /** Standard deviation, in log space, of how much a trial's own capacity differs. */
  readonly noise?: number;
  /** How much higher a capacity short trials see, as they meet few of the moments in which it stands still. Default 1. */
  readonly promised?: number;
  readonly seed?: number;
  /** Events are lost above this load. */
  readonly losesAbove?: number;
  /** Fails for no good reason between these loads. */
  readonly dip?: readonly [from: number, to: number];
  /** Never again what it was, once a load above its capacity was tried, until it is started anew. */
  readonly breaks?: boolean;
  /** Which trials are invalid, by their number from 0 up. */
  readonly invalid?: (trial: number, x: number) => boolean;
  /** Of the invalid ones, those that others on the machine made so. */
  readonly disturbed?: (trial: number) => boolean;
}

const template = madeUpTrial({ x: 100, seconds: 1 });
const emptyRecord = recordOf(emptyHistogram());

/** Trials of such a server: `p99 < 250ms && loss == 0` is what they are made for. */
export function trialsOf(
  server: SimulatedServer,
): (x: number, rep: number, how: { restart: boolean; long: boolean }) => Promise<Trial> {
  const {
    capacity,
    noise = 0,
    promised = 1,
    disturbed,
    seed = 1,
    losesAbove = Number.POSITIVE_INFINITY,
    dip,
    breaks,
    invalid,
  } = server;
  const random = seededRandom(seed);
  let count = 0;
  let broken = false;
  return async (x, rep, { restart, long }) => {
    if (restart) broken = false;
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const here = capacity * (long ? 1 : promised) * Math.exp(noise * normal) * (broken ? 0.1 : 1);
    const inDip = dip !== undefined && x >= dip[0] && x <= dip[1];
    const p99 = inDip ? 2e6 : 5000 + 245_000 * (x / here) ** 6;
    if (breaks && x > capacity) broken = true;
    const lost = x > losesAbove ? 7 : 0;
    const isInvalid = invalid?.(count, x) ?? false;
    const byOthers = isInvalid && (disturbed?.(count) ?? false);
    count += 1;
    return {
      ...template,
      x,
      rep,
      validity: isInvalid ? 'invalid' : 'valid',
      ...(byOthers ? { disturbed: true } : {}),
      counts: { ...template.counts, lost },
      hist: { delivery: withP99(Math.round(p99)) },
      windows: [],
    };
  };
}

/** Only percentiles: a search reads no more, and thousands of histograms would take their time. */
function withP99(p99: number): HistogramRecord {
  return {
    ...emptyRecord,
    count: 1000,
    p50: Math.round(p99 / 4),
    p90: Math.round(p99 / 2),
    p99,
    p999: 2 * p99,
    max: 3 * p99,
  };
}
