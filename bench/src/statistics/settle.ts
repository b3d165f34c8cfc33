import type { Window } from '../results/bench-result.ts';
import { warmUpOf } from './mser.ts';
import { trendOf } from './trend.ts';

export const leastSettleMs = 10_000;
/** The last windows that must be level. */
const levelWindows = 20;

export type Settling = 'settled' | 'moving' | 'unstable';

type Seen = Pick<Window, 'offered' | 'delivered' | 'p50' | 'p99' | 'rss'>;

/**
 * Whether a load has settled, from its windows of one second since the ramp ended. `moving` asks for more of them, for as
 * long as who asks is ready to wait (`settleMaxMs`). Fewer deliveries than offered while latency rises is `unstable`:
 * waiting longer would only make the queue longer.
 */
export function settlingOf(windows: readonly Seen[]): Settling {
  if (windows.length * 1000 < leastSettleMs) return 'moving';
  const last = windows.slice(-levelWindows);
  const offered = sum(last.map((window) => window.offered));
  const share = offered === 0 ? 1 : sum(last.map((window) => window.delivered)) / offered;
  if (share < 0.99 && (risesIn(last, 'p50') || last.every(({ p50 }) => p50 === null))) return 'unstable';
  const enough = windows.length >= levelWindows && share >= 0.99 && share <= 1.01;
  return enough && isLevel(windows, last) ? 'settled' : 'moving';
}

function isLevel(windows: readonly Seen[], last: readonly Seen[]): boolean {
  const medians = windows.flatMap(({ p50 }) => p50 ?? []);
  if (medians.length >= levelWindows && warmUpOf(medians) === undefined) return false;
  return (['p50', 'p99', 'rss'] as const).every((name) => {
    const trend = trendIn(last, name);
    return trend === undefined || (trend.ci95[0] <= 0 && trend.ci95[1] >= 0);
  });
}

function risesIn(windows: readonly Seen[], name: 'p50'): boolean {
  const trend = trendIn(windows, name);
  return trend !== undefined && trend.ci95[0] > 0;
}

function trendIn(windows: readonly Seen[], name: 'p50' | 'p99' | 'rss'): ReturnType<typeof trendOf> | undefined {
  const points = windows.flatMap((window, at) => {
    const value = window[name];
    return value === null ? [] : [{ at, value }];
  });
  if (points.length < 4) return undefined;
  return trendOf(
    points.map(({ at }) => at),
    points.map(({ value }) => value),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
