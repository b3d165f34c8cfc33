/** The next round number from here up, for the top of an axis: 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten. */
export function niceMaximum(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8].find((step) => step * power >= most) ?? 10) * power;
}
