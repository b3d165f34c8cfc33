import type { Window } from '../results/bench-result.ts';

/** Seconds that must look alike. */
const alike = 20;

/**
 * Whether the last seconds show a steady state: what was offered is delivered, and neither p50, p99 nor the server's
 * memory has a slope that its confidence interval keeps away from 0.
 * @param windows whole seconds of publishing, in their order
 * @param seconds that are looked at
 */
export function isSettled(windows: readonly Window[], seconds: number = alike): boolean {
  const last = windows.slice(-seconds);
  if (last.length < seconds) return false;
  const offered = sum(last, ({ offered }) => offered);
  const delivered = sum(last, ({ delivered }) => delivered);
  // A second's last deliveries may come in the next one; over all of them that is little.
  if (offered === 0 || Math.abs(delivered / offered - 1) > 0.01 + 1 / seconds / 10) return false;
  return [last.map(({ p50 }) => p50), last.map(({ p99 }) => p99), last.map(({ rss }) => rss)].every((values) =>
    isLevel(values.filter((value) => value !== null)),
  );
}

/** Whether the 95 % confidence interval of the least squares slope holds 0, or what it tells over the time is below 5 %. */
function isLevel(values: readonly number[]): boolean {
  const n = values.length;
  if (n < 4) return true;
  const meanX = (n - 1) / 2;
  const meanY = sum(values, (value) => value) / n;
  const squares = sum(values, (_, at) => (at - meanX) ** 2);
  const slope = sum(values, (value, at) => (at - meanX) * (value - meanY)) / squares;
  const rest = sum(values, (value, at) => (value - meanY - slope * (at - meanX)) ** 2);
  const error = Math.sqrt(rest / (n - 2) / squares);
  return Math.abs(slope) <= 2.1 * error || Math.abs(slope * n) <= 0.05 * Math.abs(meanY);
}

function sum<T>(values: readonly T[], of: (value: T, at: number) => number): number {
  return values.reduce((total, value, at) => total + of(value, at), 0);
}
