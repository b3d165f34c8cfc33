/**
 * How many values at the begin of a series belong to its warm-up: MSER-5 (White 1997). Means of five are taken, and the
 * cut is where the rest tells its mean best. Only cuts within the first half are trusted.
 * @returns a multiple of 5; undefined where the best cut lies beyond the first half, as in a series that is still moving
 */
export function warmUpOf(series: readonly number[]): number | undefined {
  const batches = Array.from({ length: Math.floor(series.length / 5) }, (_, at) => {
    const five = series.slice(5 * at, 5 * at + 5);
    return five.reduce((sum, value) => sum + value, 0) / 5;
  });
  let best = { cut: 0, error: Number.POSITIVE_INFINITY };
  // The last few batches alone would always look steady.
  for (let cut = 0; cut < batches.length - 4; cut += 1) {
    const kept = batches.slice(cut);
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    const error = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length ** 2;
    if (error < best.error) best = { cut, error };
  }
  return best.cut <= batches.length / 2 ? 5 * best.cut : undefined;
}
