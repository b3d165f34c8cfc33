const bars = '▁▂▃▄▅▆▇█';

/**
 * Values from 0 up as a line of bars.
 * @param most the value of a full bar. Default the highest of them
 */
export function sparkline(values: readonly number[], most: number = Math.max(...values, Number.MIN_VALUE)): string {
  return values.map((value) => bars[Math.min(bars.length - 1, Math.floor((value / most) * bars.length))]).join('');
}
