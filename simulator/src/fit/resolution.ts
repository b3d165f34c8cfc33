/** The coarsest of 1 s, 0.1 s, 10 ms, 1 ms at which all times are whole; 0 where they are finer. */
export function resolutionOf(times: readonly number[]): number {
  const first = times[0] ?? 0;
  return [1, 0.1, 0.01, 0.001].find((unit) => times.every((time) => isWhole((time - first) / unit))) ?? 0;
}

/** The times as a recorder with this resolution writes them down. */
export function roundedDown(times: readonly number[], resolutionS: number): readonly number[] {
  return resolutionS === 0 ? times : times.map((time) => Math.floor(time / resolutionS) * resolutionS);
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-5;
}
