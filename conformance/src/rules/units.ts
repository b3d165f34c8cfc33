export const kib = 1024;
export const mib: number = 1024 * kib;

/** A duration in ms as a message tells it: in seconds, with a decimal below ten. */
export function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(durationMs < 10_000 ? 1 : 0)} s`;
}
