/**
 * What is told of a trace: times are seconds since its first record, rising. Windows are aligned to the first record, do
 * not overlap, and the unfinished last one is dropped.
 */

/** Counts of whole windows of this many seconds. */
export function windowCounts(times: readonly number[], windowS: number): number[] {
  const first = times[0] ?? 0;
  const span = (times.at(-1) ?? first) - first;
  const counts = new Array<number>(Math.floor(span / windowS)).fill(0);
  for (const time of times) {
    const at = Math.floor((time - first) / windowS);
    if (at < counts.length) counts[at] = (counts[at] as number) + 1;
  }
  return counts;
}

/** Times between neighbours, in seconds. */
export function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, at) => time - (times[at] as number));
}

export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample variance (n - 1). */
export function variance(values: readonly number[]): number {
  const middle = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - middle) ** 2;
  return sum / (values.length - 1);
}

/** Coefficient of variation: standard deviation over mean; 1 for the gaps of a Poisson process. */
export function variationOf(values: readonly number[]): number {
  return Math.sqrt(variance(values)) / mean(values);
}

/** Index of dispersion for counts: variance over mean of the counts per window; 1 for a Poisson process. */
export function dispersion(times: readonly number[], windowS: number): number {
  const first = times[0] ?? 0;
  const windows = Math.floor(((times.at(-1) ?? first) - first) / windowS);
  // Only windows with records are looked at: in months of a trace there are millions without.
  let records = 0;
  let squares = 0;
  for (let at = 0; at < times.length; ) {
    const window = Math.floor(((times[at] as number) - first) / windowS);
    if (window >= windows) break;
    const from = at;
    while (at < times.length && Math.floor(((times[at] as number) - first) / windowS) === window) at += 1;
    records += at - from;
    squares += (at - from) ** 2;
  }
  const middle = records / windows;
  return (squares - records * middle) / (windows - 1) / middle;
}

/** Autocorrelation of counts at a lag, with the overall mean and variance. */
export function autocorrelation(values: readonly number[], lag: number): number {
  const middle = mean(values);
  let all = 0;
  let shifted = 0;
  for (let at = 0; at < values.length; at += 1) {
    const here = (values[at] as number) - middle;
    all += here * here;
    if (at + lag < values.length) shifted += here * ((values[at + lag] as number) - middle);
  }
  return shifted / all;
}

/** The quantile of sorted values, interpolated linearly. */
export function quantile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  return low + (place - below) * ((sorted[Math.min(below + 1, sorted.length - 1)] as number) - low);
}

/** Two-sample Kolmogorov-Smirnov distance; ties are stepped over together. */
export function distance(a: readonly number[], b: readonly number[]): number {
  const left = a.toSorted((x, y) => x - y);
  const right = b.toSorted((x, y) => x - y);
  let largest = 0;
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const value = Math.min(left[i] as number, right[j] as number);
    while (i < left.length && left[i] === value) i += 1;
    while (j < right.length && right[j] === value) j += 1;
    largest = Math.max(largest, Math.abs(i / left.length - j / right.length));
  }
  return largest;
}

/**
 * The Hurst exponent by the variance of block means: 1 + b/2, b the least-squares slope of log variance on log block
 * length, for 25 lengths spaced by their logarithm from 1 to n/20 counts of a second each. 0.5 for a Poisson process.
 */
export function hurst(times: readonly number[]): number {
  const counts = windowCounts(times, 1);
  const before = [0];
  for (const count of counts) before.push((before.at(-1) as number) + count);
  const longest = Math.floor(counts.length / 20);
  const lengths = new Set(
    Array.from({ length: 25 }, (_, step) => Math.round(Math.exp((Math.log(longest) * step) / 24))),
  );
  const points = [...lengths].flatMap((length) => {
    const means = Array.from({ length: Math.floor(counts.length / length) }, (_, block) => {
      const from = block * length;
      return ((before[from + length] as number) - (before[from] as number)) / length;
    });
    const spread = variance(means);
    return spread > 0 ? [[Math.log(length), Math.log(spread)] as const] : [];
  });
  return 1 + slope(points) / 2;
}

function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const x = mean(points.map(([one]) => one));
  const y = mean(points.map(([, one]) => one));
  let up = 0;
  let down = 0;
  for (const [px, py] of points) {
    up += (px - x) * (py - y);
    down += (px - x) ** 2;
  }
  return up / down;
}

/**
 * How strongly records keep to a clock of this period: per 2 s window with at least six records, the mean resultant
 * length of their phases, corrected for chance, averaged over records. Below 0.06 for a Poisson process.
 */
export function clockStrength(times: readonly number[], periodS: number): number {
  let sum = 0;
  let records = 0;
  for (let from = 0; from < times.length; ) {
    const window = Math.floor((times[from] as number) / 2);
    let to = from;
    let cosines = 0;
    let sines = 0;
    for (; to < times.length && Math.floor((times[to] as number) / 2) === window; to += 1) {
      const phase = (2 * Math.PI * (times[to] as number)) / periodS;
      cosines += Math.cos(phase);
      sines += Math.sin(phase);
    }
    const n = to - from;
    if (n >= 6) {
      const square = (cosines ** 2 + sines ** 2) / n ** 2;
      sum += n * Math.max(0, (n * square - 1) / (n - 1));
      records += n;
    }
    from = to;
  }
  return records === 0 ? 0 : sum / records;
}

/** What section 4 of a realism report compares: each a number that somebody else computes alike. */
export interface Description {
  readonly records: number;
  readonly spanS: number;
  readonly ratePerS: number;
  readonly gapVariation: number;
  /** By window in seconds. */
  readonly dispersion: Readonly<Record<'0.1' | '1' | '10' | '60', number>>;
  /** Of the counts per second, lags 1 to 10. */
  readonly autocorrelation: readonly number[];
  readonly emptySeconds: number;
  readonly emptyTenSeconds: number;
  /** Share of the time that passes in gaps above 10 s. */
  readonly timeInLongGaps: number;
  /** Share of gaps below 10 ms. */
  readonly shortGaps: number;
  /** 99 % quantile of the counts per second, over their mean. */
  readonly highSecond: number;
  readonly peakSecond: number;
  readonly peakTenSeconds: number;
  readonly hurst: number;
  readonly clock100ms: number;
}

/** Describes a trace by its times, in seconds since the first, rising. */
export function describe(times: readonly number[]): Description {
  const gaps = gapsOf(times);
  const spanS = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const seconds = windowCounts(times, 1);
  const tens = windowCounts(times, 10);
  const share = (counts: readonly number[]): number => counts.filter((count) => count === 0).length / counts.length;
  const peak = (counts: readonly number[]): number =>
    counts.reduce((most, count) => Math.max(most, count), 0) / mean(counts);
  const long = gaps.filter((gap) => gap > 10).reduce((sum, gap) => sum + gap, 0);
  return {
    records: times.length,
    spanS,
    ratePerS: times.length / spanS,
    gapVariation: variationOf(gaps),
    dispersion: {
      '0.1': dispersion(times, 0.1),
      '1': dispersion(times, 1),
      '10': dispersion(times, 10),
      '60': dispersion(times, 60),
    },
    autocorrelation: Array.from({ length: 10 }, (_, lag) => autocorrelation(seconds, lag + 1)),
    emptySeconds: share(seconds),
    emptyTenSeconds: share(tens),
    timeInLongGaps: long / spanS,
    shortGaps: gaps.filter((gap) => gap < 0.01).length / gaps.length,
    highSecond:
      quantile(
        seconds.toSorted((a, b) => a - b),
        0.99,
      ) / mean(seconds),
    peakSecond: peak(seconds),
    peakTenSeconds: peak(tens),
    hurst: hurst(times),
    clock100ms: clockStrength(
      times.map((time) => time - (times[0] ?? 0)),
      0.1,
    ),
  };
}
