import { trendOf } from './trend.ts';

/** A resource of the server over a soak: RSS or heap in bytes, or file descriptors. */
export interface SoakSeries {
  readonly resource: 'rss' | 'heap' | 'fds';
  readonly timesS: readonly number[];
  readonly values: readonly number[];
  /** Streams open at the same times: what they need is no leak. */
  readonly streams: readonly number[];
}

/** What is left 60 s after every stream was closed, in each of two cycles. */
export interface AfterClose {
  readonly baselineFds: number;
  readonly cycles: readonly { readonly rssBytes: number; readonly fds: number }[];
}

export interface LeakVerdict {
  readonly leaks: boolean;
  /** One sentence each; empty where nothing leaks. */
  readonly reasons: readonly string[];
}

const dayS = 86_400;
/** A day's growth below this share of what is there, or a second cycle within it of the first, is no leak. */
const tolerated = 0.05;

/**
 * Whether a server leaks: a resource grows beyond what its streams explain, or is not given back. A slope alone does not
 * accuse: its interval must lie above 0, the Mann-Kendall test must agree, and a day of it must matter.
 */
export function leakVerdict(series: readonly SoakSeries[], afterClose?: AfterClose): LeakVerdict {
  const reasons = [...series.flatMap(growthOf), ...(afterClose ? leftBehind(afterClose) : [])];
  return { leaks: reasons.length > 0, reasons };
}

function growthOf({ resource, timesS, values, streams }: SoakSeries): string[] {
  const { ci95, slope, p } = trendOf(timesS, withoutStreams(values, streams));
  // Days of seconds are more values than a call takes arguments.
  const level = values.reduce((most, value) => Math.max(most, value));
  if (ci95[0] <= 0 || p >= 0.05 || slope * dayS <= tolerated * level) return [];
  const percent = Math.round((100 * slope * dayS) / level);
  return [`${resource} grows by ${percent} % a day at the same number of streams`];
}

/** Residuals of a straight line over the number of streams; the values themselves where that never changed. */
function withoutStreams(values: readonly number[], streams: readonly number[]): number[] {
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [meanValue, meanStreams] = [mean(values), mean(streams)];
  const variance = mean(streams.map((n) => (n - meanStreams) ** 2));
  if (variance === 0) return [...values];
  const slope =
    mean(values.map((value, at) => (value - meanValue) * ((streams[at] as number) - meanStreams))) / variance;
  return values.map((value, at) => value - slope * ((streams[at] as number) - meanStreams));
}

function leftBehind({ baselineFds, cycles }: AfterClose): string[] {
  const reasons: string[] = [];
  if (cycles.length > 0 && cycles.every(({ fds }) => fds !== baselineFds)) {
    const [first] = cycles;
    reasons.push(`${(first?.fds ?? 0) - baselineFds} file descriptors are left 60 s after every stream was closed`);
  }
  const [one, two] = cycles;
  if (one && two && two.rssBytes > one.rssBytes * (1 + tolerated)) {
    const percent = Math.round(100 * (two.rssBytes / one.rssBytes - 1));
    reasons.push(`after a second cycle of the same streams ${percent} % more memory is left than after the first`);
  }
  return reasons;
}
